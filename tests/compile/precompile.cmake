# COMPILER, FLAGS, INCLUDES (both separated by |), HEADERS: a file of headers, which is compiled into HEADERS.gch, where compilers look when told to include
# HEADERS.
cmake_minimum_required(VERSION 3.25)
string(REPLACE "|" ";" flags "${FLAGS}|${INCLUDES}")
execute_process(COMMAND "${COMPILER}" -std=c++20 ${flags} -x c++-header "${HEADERS}" -o "${HEADERS}.gch" COMMAND_ERROR_IS_FATAL ANY)
