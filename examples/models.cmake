# The sources of compiled-in models. A group is one model, or several joined by "+" that share their files. Each group gets one file a role, so that no
# compiler needs much memory, and the files of unlike groups and roles are compiled at once and anew only where they changed. HEADER, an absolute path, has
# the configurations, which are named as in namespace adatape::examples.

# adatape_model_sources(OUTPUT PREFIX HEADER header ROLES role... GROUPS group...): writes the files of the roles (train, infer, narrow, store, export) and puts
# their paths into OUTPUT.
function(adatape_model_sources output prefix)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "HEADER" "ROLES;GROUPS")
  set(COMMON "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/common")
  set(MODELS_HEADER "${arg_HEADER}")
  set(sources "")
  foreach(MODELS IN LISTS arg_GROUPS)
    string(REPLACE "+" ";" group "${MODELS}")
    foreach(role IN LISTS arg_ROLES)
      set(INSTANTIATIONS "")
      foreach(model IN LISTS group)
        if(role STREQUAL "train")
          string(APPEND INSTANTIATIONS "template std::unique_ptr<ModelTrainer> make_trainer<${model}>(const train::TrainingOptions&, ProcessGroup&);\n")
        elseif(role STREQUAL "infer")
          string(APPEND INSTANTIATIONS "template ModelFacts facts_of<${model}>();\n"
            "template CompiledEngine compiled_engine<${model}, float>();\n"
            "template void infer_samples<${model}>(const ModelParameters<${model}>&, Index, const Settings&, const FillInput&, const VisitResult&);\n")
        elseif(role STREQUAL "narrow")
          string(APPEND INSTANTIATIONS "template CompiledEngine compiled_engine<${model}, Bf16>();\n"
            "template CompiledEngine compiled_engine<${model}, std::int8_t>();\n")
        elseif(role STREQUAL "export")
          string(APPEND INSTANTIATIONS
            "template std::unique_ptr<ExportableWeights> exportable_weights<${model}>(const io::SafetensorsFile&);\n"
            "template std::unique_ptr<ExportableWeights> initial_weights<${model}>(std::uint64_t);\n")
        else()
          string(APPEND INSTANTIATIONS
            "template void save_parameters<${model}>(const std::filesystem::path&, const io::Metadata&, const ModelParameters<${model}>&, "
            "const ModelOptimizer<${model}>*, const ModelParameters<${model}>*);\n"
            "template void load_parameters<${model}>(const io::SafetensorsFile&, ModelParameters<${model}>&, ModelOptimizer<${model}>*, ModelParameters<${model}>*);\n"
            "template std::string initialise_parameters<${model}>(const io::SafetensorsFile&, ModelParameters<${model}>&, bool);\n")
        endif()
      endforeach()
      string(MAKE_C_IDENTIFIER "${MODELS}" file)
      set(source "${CMAKE_CURRENT_BINARY_DIR}/models/${prefix}_${role}_${file}.cpp")
      configure_file("${COMMON}/role_${role}.cpp.in" "${source}" @ONLY)
      list(APPEND sources "${source}")
    endforeach()
  endforeach()
  set(${output} ${sources} PARENT_SCOPE)
endfunction()

# adatape_model_registry(OUTPUT NAME HEADERS header... [FACTS function] ROLES role... GROUPS group...): writes the file that lists a program's models, with
# the trainers, engines and files for which it has the roles, and puts its path into OUTPUT. FACTS is what makes the facts of a model (facts_of).
function(adatape_model_registry output name)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "FACTS" "HEADERS;ROLES;GROUPS")
  set(facts facts_of)
  if(arg_FACTS)
    set(facts ${arg_FACTS})
  endif()
  set(COMMON "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/common")
  list(TRANSFORM arg_HEADERS REPLACE "(.+)" "#include \"\\1\"" OUTPUT_VARIABLE INCLUDES)
  list(JOIN INCLUDES "\n" INCLUDES)
  string(REPLACE "+" ";" models "${arg_GROUPS}")
  foreach(model IN LISTS models)
    set(engines "compiled_engine<${model}, float>()")
    if("narrow" IN_LIST arg_ROLES)
      string(APPEND engines ", compiled_engine<${model}, Bf16>(), compiled_engine<${model}, std::int8_t>()")
    endif()
    set(weights "nullptr, nullptr")
    if("export" IN_LIST arg_ROLES)
      set(weights "exportable_weights<${model}>, initial_weights<${model}>")
    endif()
    string(APPEND loads "{${facts}<${model}>(), {${engines}}, ${weights}}, ")
    string(APPEND makes "{${facts}<${model}>(), make_trainer<${model}>}, ")
  endforeach()
  set(REGISTRY "const std::vector<CompiledModel>& compiled_models() {\n  static const std::vector<CompiledModel> models{${loads}};\n  return models;\n}\n")
  if("train" IN_LIST arg_ROLES)
    string(APPEND REGISTRY "const std::vector<CompiledTrainer>& compiled_trainers() {\n"
      "  static const std::vector<CompiledTrainer> trainers{${makes}};\n  return trainers;\n}\n")
  endif()
  configure_file("${COMMON}/registry.cpp.in" "${CMAKE_CURRENT_BINARY_DIR}/models/${name}_registry.cpp" @ONLY)
  set(${output} "${CMAKE_CURRENT_BINARY_DIR}/models/${name}_registry.cpp" PARENT_SCOPE)
endfunction()
