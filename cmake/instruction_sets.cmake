# Programs for any x86-64 CPU: one file that holds the program once per instruction set and starts the best (choose_instruction_set.cpp).
#
# The linker merges copies of an inline function or template without looking at their instructions: a program of objects for several sets would
# run AVX-512 where it was not meant, or SSE2 where it was. So the objects of one set become one object whose only global symbol is its main.
# Initialisers of its static objects leave .init_array, where they would run before the CPU has been asked.
set(adatape_instruction_sets sse2 avx2 avx512)
# No more than choose_instruction_set.cpp asks for; x86-64-v3 and -v4 also hold instructions that clang 14 cannot ask for.
set(adatape_sse2_flags -march=x86-64)
set(adatape_avx2_flags ${adatape_sse2_flags} -mavx2 -mfma -mbmi -mbmi2)
set(adatape_avx512_flags ${adatape_avx2_flags} -mavx512f -mavx512cd -mavx512bw -mavx512dq -mavx512vl)

# Whether programs can be built so; elsewhere a program holds the one set of ADATAPE_ARCH.
set(adatape_can_dispatch OFF)
if(CMAKE_SYSTEM_NAME STREQUAL "Linux" AND CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64" AND CMAKE_OBJCOPY)
  set(adatape_can_dispatch ON)
endif()

# adatape_dispatched_program(NAME SOURCES... [LIBRARIES ...]): the sources as for adatape_program, none of them aware of the sets.
function(adatape_dispatched_program name)
  cmake_parse_arguments(PARSE_ARGV 1 program "" "" "LIBRARIES")
  add_executable(${name} "${PROJECT_SOURCE_DIR}/cmake/choose_instruction_set.cpp")
  target_link_libraries(${name} PRIVATE adatape::io adatape_warnings ${program_LIBRARIES})
  target_compile_options(${name} PRIVATE ${adatape_sse2_flags})
  foreach(set IN LISTS adatape_instruction_sets)
    add_library(${name}_${set} OBJECT ${program_UNPARSED_ARGUMENTS})
    target_link_libraries(${name}_${set} PRIVATE adatape::io adatape_warnings ${program_LIBRARIES})
    target_compile_options(${name}_${set} PRIVATE ${adatape_${set}_flags} $<$<CXX_COMPILER_ID:GNU>:-fno-gnu-unique>)
    set(object "${CMAKE_CURRENT_BINARY_DIR}/${name}_${set}.o")
    # -d: a named critical section of OpenMP is a common symbol, and needs its place before it can be local. GNU's objcopy keeps a symbol by its
    # new name, LLVM's by its old one.
    add_custom_command(
      OUTPUT "${object}"
      COMMAND "${CMAKE_CXX_COMPILER}" -r -nostdlib -Wl,-d,--force-group-allocation -o "${object}" "$<TARGET_OBJECTS:${name}_${set}>"
      COMMAND "${CMAKE_OBJCOPY}" --redefine-sym main=main_${set} --keep-global-symbol main_${set} --keep-global-symbol main
              --rename-section .init_array=initialisers_${set} "${object}"
      DEPENDS ${name}_${set} "$<TARGET_OBJECTS:${name}_${set}>"
      COMMAND_EXPAND_LISTS VERBATIM)
    target_sources(${name} PRIVATE "${object}")
  endforeach()
endfunction()
