# Toolchain file: programs for 64-bit Arm with Debian's cross compiler, run by QEMU where this machine is another.
# Debian's multiarch folders hold both architectures beside each other, so no sysroot is needed: the compiler itself
# looks in /usr/include/aarch64-linux-gnu and then in /usr/include, where the packages of headers alone are.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64-static)
set(CMAKE_CXX_FLAGS_INIT -Wno-psabi) # no notes on how g++ before 10.1 passed a pair
