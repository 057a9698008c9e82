# The sources of a trainer, a predictor, a few-shot program, an exporter, an importer and a C library for pictures, beside those of their models
# (models.cmake). Paths are relative to this folder. Read by adatape_add_programs, and by cmake/install.cmake, which installs command_line.hpp and the folders.
set(adatape_program_folders common image library recipes report)

set(adatape_report_sources
    report/confusion.cpp
    report/curves.cpp
    report/event_file.cpp
    report/example_cards.cpp
    report/history.cpp
    report/length_histogram.cpp
    report/overview.cpp
    report/page.cpp
    report/plot.cpp
    report/run_report.cpp
    report/threshold_sweep.cpp)

# How a trainer and a few-shot program find the other processes of their run. Where there is a target adatape::mpi, they are linked with it.
set(adatape_join_source common/join_alone.cpp)
set(adatape_join_libraries "")
if(TARGET adatape::mpi)
  set(adatape_join_source common/join_mpi.cpp)
  set(adatape_join_libraries adatape::mpi)
endif()

# Settings and records are read once, reports are written once an epoch (adatape_optimise_less).
set(adatape_record_sources
    common/run_directory.cpp
    common/same_run.cpp
    common/settings.cpp
    image/checkpoint_records.cpp
    image/rand_augment.cpp
    ${adatape_report_sources})

set(adatape_train_sources
    image/batches.cpp
    image/image_data.cpp
    image/recipe.cpp
    image/run_pictures.cpp
    image/train.cpp
    image/training_run.cpp
    ${adatape_record_sources})

set(adatape_predict_sources
    image/checkpoint_records.cpp
    image/model_file.cpp
    image/predict.cpp
    image/prediction.cpp
    image/self_test.cpp)

set(adatape_fewshot_sources
    common/same_run.cpp
    image/checkpoint_records.cpp
    image/fewshot.cpp
    image/fewshot_report.cpp
    image/fewshot_run.cpp
    image/image_data.cpp
    image/model_file.cpp)

set(adatape_export_sources
    image/checkpoint_records.cpp
    image/export.cpp
    image/image_data.cpp
    image/model_file.cpp
    image/self_test.cpp)

set(adatape_import_sources
    image/checkpoint_records.cpp
    image/huggingface_folder.cpp
    image/import.cpp
    image/self_test.cpp)

# The C interface, as a shared library of the models that a predictor has; and its functions.
set(adatape_library_sources
    image/checkpoint_records.cpp
    image/model_file.cpp
    library/library.cpp
    library/opened_model.cpp)
set(adatape_library_functions
    adatape_abi_version adatape_class_name adatape_close adatape_get_facts adatape_last_error adatape_normalise adatape_open adatape_predict adatape_read_picture
    adatape_tokens_per_step adatape_version)

# Flags are read once.
set(adatape_parsing_sources
    image/export.cpp
    image/fewshot.cpp
    image/huggingface_folder.cpp
    image/import.cpp
    image/model_file.cpp
    image/predict.cpp
    image/recipe.cpp
    image/train.cpp)

# What is said of results. These files call no other.
set(adatape_result_sources
    image/fewshot_report.cpp
    image/prediction.cpp
    image/self_test.cpp)
