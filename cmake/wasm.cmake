# WebAssembly: how our modules are built, where clang++ can compile for it. cmake/packages.sh names the packages.
find_program(ADATAPE_WASM_CXX clang++-19 DOC "clang++ with wasi-libc and libc++ for WebAssembly")

# ADATAPE_WASM: whether that compiler is there, with its libraries. It is asked at every configuration, since packages come and go.
set(ADATAPE_WASM OFF)
if(ADATAPE_WASM_CXX)
  set(probe "${CMAKE_BINARY_DIR}/wasm_probe.cpp")
  file(WRITE "${probe}" "#include <algorithm>\nint main() { int values[] = {2, 1}; std::sort(values, values + 2); return values[0] - 1; }\n")
  execute_process(COMMAND "${ADATAPE_WASM_CXX}" --target=wasm32-wasi -o "${CMAKE_BINARY_DIR}/wasm_probe.wasm" "${probe}"
                  RESULT_VARIABLE failed OUTPUT_QUIET ERROR_QUIET)
  if(failed EQUAL 0)
    set(ADATAPE_WASM ON)
  endif()
endif()

# adatape_wasm_program(NAME SOURCES... [OPTIONS ...]): the target NAME.wasm, the file of this name in the folder of the programs. A source may include all of
# the library but files, pictures and MPI. OPTIONS are for the linker: -mexec-model=reactor makes a module that is called, in place of a program that ends. A
# stack that grows over its end traps, because nothing lies below it.
function(adatape_wasm_program name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "OPTIONS")
  get_target_property(eigen_folder Eigen3::Eigen INTERFACE_INCLUDE_DIRECTORIES)
  set(objects "")
  foreach(source IN LISTS arg_UNPARSED_ARGUMENTS ITEMS "${PROJECT_SOURCE_DIR}/examples/web/runtime.cpp")
    cmake_path(ABSOLUTE_PATH source)
    cmake_path(GET source STEM stem)
    set(object "${CMAKE_CURRENT_BINARY_DIR}/${name}.${stem}.o")
    add_custom_command(OUTPUT "${object}" DEPENDS "${source}" DEPFILE "${object}.d"
                       COMMAND "${ADATAPE_WASM_CXX}" --target=wasm32-wasi -std=c++20 -O3 -msimd128 -ffp-contract=off -Wall -Wextra -Wconversion -Werror
                               "-I${PROJECT_SOURCE_DIR}/include" -isystem "${eigen_folder}" -MD -MF "${object}.d" -MT "${object}" -c "${source}" -o "${object}")
    list(APPEND objects "${object}")
  endforeach()
  set(program "${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/${name}.wasm")
  add_custom_command(OUTPUT "${program}" DEPENDS ${objects}
                     COMMAND "${ADATAPE_WASM_CXX}" --target=wasm32-wasi -Wl,--strip-all,--stack-first,-z,stack-size=1048576
                             ${arg_OPTIONS} ${objects} -o "${program}")
  add_custom_target(${name}.wasm DEPENDS "${program}")
endfunction()
