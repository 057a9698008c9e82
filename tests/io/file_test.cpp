#include "adatape/io/file.hpp"

#include <doctest/doctest.h>
#include <sys/resource.h>

#include <csignal>

#include "files.hpp"

using adatape::io::AtomicFile;
using adatape::io::InputFile;
using namespace adatape::test;

namespace {

void write_atomically(const std::filesystem::path& path, const std::string& bytes) {
  AtomicFile file(path);
  file.write(std::as_bytes(std::span(bytes)));
  file.commit();
}

/// While it lives no file can grow beyond `bytes`, as on a full disk.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &old_);
    const rlimit limit{bytes, old_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &old_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit old_{};
  void (*handler_)(int);
};

}  // namespace

TEST_CASE("InputFile: what cannot be read is named") {
  const TemporaryDirectory directory;
  CHECK(error_of([&] { InputFile file(directory / "none"); }) == (directory / "none").string() + ": cannot open: No such file or directory");
  CHECK(error_of([&] { InputFile file(directory.path()); }) == directory.path().string() + ": wanted a file, found a directory");
  CHECK(contains(error_of([&] { InputFile file("/dev/zero"); }), "/dev/zero: wanted a regular file"));
  REQUIRE(::mkfifo((directory / "pipe").c_str(), 0600) == 0);
  CHECK(contains(error_of([&] { InputFile file(directory / "pipe"); }), "wanted a regular file"));

  write_file(directory / "short", "abc");
  InputFile file(directory / "short");
  CHECK(file.size() == 3);
  std::array<std::byte, 5> bytes{};
  CHECK(contains(error_of([&] { file.read(bytes); }), "ended 2 bytes early"));
}

TEST_CASE("AtomicFile: creates and replaces, and leaves no temporary") {
  const TemporaryDirectory directory;
  write_atomically(directory / "file", "first");
  CHECK(read_file(directory / "file") == "first");
  write_atomically(directory / "file", "second");
  CHECK(read_file(directory / "file") == "second");
  CHECK(directory.file_count() == 1);
}

TEST_CASE("AtomicFile: a file not committed never was") {
  const TemporaryDirectory directory;
  write_file(directory / "file", "old");
  {
    AtomicFile file(directory / "file");
    file.write(std::as_bytes(std::span("half", 4)));
    CHECK(read_file(directory / "file") == "old");
  }
  CHECK(read_file(directory / "file") == "old");
  CHECK(directory.file_count() == 1);
}

TEST_CASE("AtomicFile: a full disk leaves the old file") {
  const TemporaryDirectory directory;
  const auto path = directory / "file";
  write_file(path, "old");
  std::string message;
  {
    const FileSizeLimit limit(1000);
    message = error_of([&] { write_atomically(path, std::string(5000, 'x')); });
  }
  CHECK(message == path.string() + ": cannot write: File too large");
  CHECK(read_file(path) == "old");
  CHECK(directory.file_count() == 1);
}

TEST_CASE("AtomicFile: places that cannot be written") {
  const TemporaryDirectory directory;
  write_file(directory / "file", "old");
  std::filesystem::create_directory(directory / "folder");
  CHECK(contains(error_of([&] { write_atomically(directory / "none/file", "new"); }), "cannot open its directory: No such file or directory"));
  CHECK(contains(error_of([&] { write_atomically(directory / "file/inside", "new"); }), "cannot open its directory: Not a directory"));
  CHECK(contains(error_of([&] { write_atomically(directory / "folder", "new"); }), "cannot replace: Is a directory"));
  CHECK(contains(error_of([&] { write_atomically(directory / "folder/", "new"); }), "wanted the path of a file"));
  CHECK(read_file(directory / "file") == "old");
  CHECK(directory.file_count() == 2);
  if (::geteuid() != 0) {  // nothing is unwritable for root
    std::filesystem::permissions(directory / "folder", std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
    CHECK(contains(error_of([&] { write_atomically(directory / "folder/file", "new"); }), "cannot create a file in its directory: Permission denied"));
    std::filesystem::permissions(directory / "folder", std::filesystem::perms::owner_all);
  }
}
