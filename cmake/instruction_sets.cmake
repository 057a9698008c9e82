# Programs and libraries for any x86-64 CPU: one file that holds the code once per instruction set and starts the best (choose_instruction_set.cpp).
# Part of the installed package. Elsewhere than on x86-64 Linux both functions build the sources once, with the flags that the user has set.
#
# The linker merges copies of an inline function or template without looking at their instructions: a program of objects for several sets would
# run AVX-512 where it was not meant, or SSE2 where it was. So the objects of one set become one object whose only global symbols are its entries.
# Initialisers of its static objects leave .init_array, where they would run before the CPU has been asked.
#
# No more flags than choose_instruction_set.cpp asks for; x86-64-v3 and -v4 also hold instructions that clang 14 cannot ask for. A -march in CMAKE_CXX_FLAGS
# comes before them and so has no effect. Others, and those of LIBRARIES, would add instructions to all sets: instruction_set_support.hpp refuses them.
macro(_adatape_define_sets)
  set(adatape_instruction_sets sse2 avx2 avx2_vnni avx512 avx512_vnni avx512_bf16 avx512_amx) # as in instruction_set_support.hpp
  set(adatape_sse2_flags -march=x86-64)
  set(adatape_avx2_flags ${adatape_sse2_flags} -mavx2 -mfma -mbmi -mbmi2)
  set(adatape_avx2_vnni_flags ${adatape_avx2_flags} -mavxvnni)
  set(adatape_avx512_flags ${adatape_avx2_flags} -mavx512f -mavx512cd -mavx512bw -mavx512dq -mavx512vl)
  set(adatape_avx512_vnni_flags ${adatape_avx512_flags} -mavx512vnni)
  set(adatape_avx512_bf16_flags ${adatape_avx512_vnni_flags} -mavx512bf16)
  set(adatape_avx512_amx_flags ${adatape_avx512_bf16_flags} -mamx-tile -mamx-bf16 -mamx-int8)
  # Whether programs can be built so; elsewhere a program holds the one set of its flags.
  set(adatape_can_dispatch OFF)
  if(CMAKE_SYSTEM_NAME STREQUAL "Linux" AND CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64" AND CMAKE_OBJCOPY)
    set(adatape_can_dispatch ON)
  endif()
  set(adatape_everything adatape::adatape)
  if(TARGET adatape::io)
    set(adatape_everything adatape::io)
  endif()
endmacro()
_adatape_define_sets()

# Adds to target NAME one object for every set, made of SOURCES with LIBRARIES. Of every symbol S of ENTRIES the object holds S_SUFFIX_SET.
function(_adatape_add_sets name suffix)
  cmake_parse_arguments(PARSE_ARGV 2 one "" "" "ENTRIES;SOURCES;LIBRARIES")
  _adatape_define_sets()
  foreach(set IN LISTS adatape_instruction_sets)
    add_library(${name}_${set} OBJECT ${one_SOURCES})
    target_link_libraries(${name}_${set} PRIVATE ${adatape_everything} ${one_LIBRARIES})
    target_compile_options(${name}_${set} PRIVATE ${adatape_${set}_flags} -fno-lto $<$<CXX_COMPILER_ID:GNU>:-fno-gnu-unique>)
    set_target_properties(${name}_${set} PROPERTIES INTERPROCEDURAL_OPTIMIZATION OFF) # objcopy renames symbols of machine code alone
    get_target_property(type ${name} TYPE)
    if(NOT type STREQUAL "EXECUTABLE")
      set_target_properties(${name}_${set} PROPERTIES POSITION_INDEPENDENT_CODE ON)
    endif()
    # GNU's objcopy keeps a symbol by its new name, LLVM's by its old one.
    set(renames)
    foreach(entry IN LISTS one_ENTRIES)
      list(APPEND renames --redefine-sym ${entry}=${entry}${suffix}_${set} --keep-global-symbol ${entry}${suffix}_${set} --keep-global-symbol ${entry})
    endforeach()
    set(object "${CMAKE_CURRENT_BINARY_DIR}/${name}_${set}.o")
    # -d: a named critical section of OpenMP is a common symbol, and needs its place before it can be local.
    add_custom_command(
      OUTPUT "${object}"
      COMMAND "${CMAKE_CXX_COMPILER}" -r -nostdlib -Wl,-d,--force-group-allocation -o "${object}" "$<TARGET_OBJECTS:${name}_${set}>"
      COMMAND "${CMAKE_OBJCOPY}" ${renames} --rename-section .init_array=initialisers${suffix}_${set} "${object}"
      DEPENDS ${name}_${set} "$<TARGET_OBJECTS:${name}_${set}>"
      COMMAND_EXPAND_LISTS VERBATIM)
    set_source_files_properties("${object}" PROPERTIES EXTERNAL_OBJECT ON GENERATED ON)
    target_sources(${name} PRIVATE "${object}")
  endforeach()
endfunction()

# adatape_dispatched_program(NAME SOURCES... [LIBRARIES ...]): an executable. The sources hold main and know nothing of the sets. LIBRARIES are linked
# to all of it and carry the compile options that the sources need (target_compile_options(NAME) does not reach them); adatape is linked anyway.
function(adatape_dispatched_program name)
  cmake_parse_arguments(PARSE_ARGV 1 program "" "" "LIBRARIES")
  _adatape_define_sets()
  if(NOT adatape_can_dispatch)
    add_executable(${name} ${program_UNPARSED_ARGUMENTS})
    target_link_libraries(${name} PRIVATE ${adatape_everything} ${program_LIBRARIES})
    return()
  endif()
  add_executable(${name} "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/choose_instruction_set.cpp")
  target_link_libraries(${name} PRIVATE ${adatape_everything} ${program_LIBRARIES})
  target_compile_options(${name} PRIVATE ${adatape_sse2_flags})
  _adatape_add_sets(${name} "" ENTRIES main SOURCES ${program_UNPARSED_ARGUMENTS} LIBRARIES ${program_LIBRARIES})
endfunction()

# adatape_dispatched_library(NAME SOURCES... FUNCTIONS ... [LIBRARIES ...]): a static library for programs built with any flags. FUNCTIONS are what the
# library exports: extern "C" functions of any signature that the sources define and that no type of adatape appears in. A call goes to the function's
# copy for the best set, by one jump through a pointer that is filled before static objects are initialised. No other symbol of the sources can be linked to.
function(adatape_dispatched_library name)
  cmake_parse_arguments(PARSE_ARGV 1 library "" "" "FUNCTIONS;LIBRARIES")
  _adatape_define_sets()
  if(NOT library_FUNCTIONS)
    message(FATAL_ERROR "adatape_dispatched_library(${name}): wanted FUNCTIONS and the names of extern \"C\" functions")
  endif()
  if(NOT adatape_can_dispatch)
    add_library(${name} STATIC ${library_UNPARSED_ARGUMENTS})
    target_link_libraries(${name} PRIVATE ${adatape_everything} ${library_LIBRARIES})
    return()
  endif()
  string(MAKE_C_IDENTIFIER "${name}" adatape_library)
  list(TRANSFORM library_FUNCTIONS REPLACE "(.+)" "ADATAPE_FUNCTION(\\1)" OUTPUT_VARIABLE adatape_functions)
  list(JOIN adatape_functions " " adatape_functions)
  set(chooser "${CMAKE_CURRENT_BINARY_DIR}/choose_${name}.cpp")
  configure_file("${CMAKE_CURRENT_FUNCTION_LIST_DIR}/choose_functions.cpp.in" "${chooser}" @ONLY)
  add_library(${name} STATIC "${chooser}")
  set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE ON LINKER_LANGUAGE CXX)
  target_link_libraries(${name} PRIVATE ${adatape_everything} ${library_LIBRARIES})
  target_compile_options(${name} PRIVATE ${adatape_sse2_flags} -fno-lto)
  set_target_properties(${name} PROPERTIES INTERPROCEDURAL_OPTIMIZATION OFF) # its entries are written in assembler
  _adatape_add_sets(${name} "_${adatape_library}" ENTRIES ${library_FUNCTIONS} SOURCES ${library_UNPARSED_ARGUMENTS} LIBRARIES ${library_LIBRARIES})
endfunction()
