# The interface targets: adatape::adatape (everything but files), adatape::io (files: safetensors, checkpoints, ONNX, weights of other libraries, IDX),
# adatape::image (pictures, data sets of pictures) and adatape::mpi (training in several processes).
file(GLOB_RECURSE adatape_headers CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/include/adatape/*.hpp" "${PROJECT_SOURCE_DIR}/include/adatape.h")
set(adatape_io_headers ${adatape_headers})
list(FILTER adatape_io_headers INCLUDE REGEX "/include/adatape/(io/|onnx/|weights/|data/(idx|byte_reader)\\.hpp)")
set(adatape_image_headers ${adatape_headers})
list(FILTER adatape_image_headers INCLUDE REGEX "/include/adatape/(image/|data/(dataset|text_lines|natural_order|cifar|idx_images|file_index|index_cache|file_set|class_folder|imagenet|pets|loader|loader_queue)\\.hpp)")
set(adatape_mpi_headers ${adatape_headers})
list(FILTER adatape_mpi_headers INCLUDE REGEX "/include/adatape/mpi/")
list(REMOVE_ITEM adatape_headers ${adatape_io_headers} ${adatape_image_headers} ${adatape_mpi_headers})

function(adatape_interface name set)
  add_library(adatape_${name} INTERFACE)
  set_target_properties(adatape_${name} PROPERTIES EXPORT_NAME ${name})
  add_library(adatape::${name} ALIAS adatape_${name})
  target_sources(adatape_${name} INTERFACE FILE_SET HEADERS BASE_DIRS "${PROJECT_SOURCE_DIR}/include" FILES ${ARGN})
  target_compile_features(adatape_${name} INTERFACE cxx_std_20)
endfunction()

adatape_interface(adatape "" ${adatape_headers})
# OpenMP is not exported: whoever finds the installed package says whether (adatapeConfig.cmake).
target_link_libraries(adatape_adatape INTERFACE Eigen3::Eigen Xsimd::Xsimd)
if(ADATAPE_OPENMP)
  target_link_libraries(adatape_adatape INTERFACE $<BUILD_INTERFACE:$<TARGET_NAME_IF_EXISTS:OpenMP::OpenMP_CXX>>)
endif()

if(nlohmann_json_FOUND AND ZLIB_FOUND)
  adatape_interface(io "" ${adatape_io_headers})
  target_link_libraries(adatape_io INTERFACE adatape_adatape nlohmann_json::nlohmann_json ZLIB::ZLIB)
  if(PNG_FOUND AND JPEG_FOUND AND Threads_FOUND)
    adatape_interface(image "" ${adatape_image_headers})
    target_link_libraries(adatape_image INTERFACE adatape_io PNG::PNG JPEG::JPEG Threads::Threads)
  endif()
endif()

if(ADATAPE_MPI)
  adatape_interface(mpi "" ${adatape_mpi_headers})
  target_link_libraries(adatape_mpi INTERFACE adatape_adatape MPI::MPI_CXX)
endif()
