# What the headers need. OpenMP is optional: without it every loop is serial. nlohmann-json and zlib are needed by adatape::io only.
list(APPEND CMAKE_MODULE_PATH "${CMAKE_CURRENT_LIST_DIR}")
find_package(Eigen3 3.4 REQUIRED NO_MODULE)
find_package(Xsimd 8.1...<9 REQUIRED)
find_package(Random123 REQUIRED)
find_package(OpenMP)
find_package(nlohmann_json 3.11)
find_package(ZLIB)
