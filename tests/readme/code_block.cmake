# code_block(FILE LANGUAGE OUTPUT): the first block of FILE fenced as LANGUAGE, each line ended (tests/docs/block.awk).
function(code_block file language output)
  execute_process(COMMAND awk -v "language=${language}" -f "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/../docs/block.awk" "${file}"
                  OUTPUT_VARIABLE text ERROR_VARIABLE error RESULT_VARIABLE failed)
  if(NOT failed EQUAL 0)
    message(FATAL_ERROR "${file}: no block of code: ${error}${failed}")
  endif()
  set(${output} "${text}" PARENT_SCOPE)
endfunction()
