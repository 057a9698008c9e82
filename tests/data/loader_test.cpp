#include "adatape/data/loader.hpp"

#include <doctest/doctest.h>
#include <sys/wait.h>

#include <atomic>
#include <set>

#include "../io/files.hpp"
#include "adatape/data/sampler.hpp"

using namespace adatape::data;
using namespace adatape::test;
using adatape::Draws;
using adatape::Error;
using adatape::Index;
using adatape::Purpose;
using adatape::Stream;
using adatape::image::Image;

namespace {

/// A set of `count` pictures whose single value is their number, mod 256. Picture i has the label i % 7. Some are broken.
struct Numbered {
  Index count;
  std::set<Index> broken{};
  std::set<Index> no_memory{};
  std::vector<std::string> names = std::vector<std::string>(7);
  std::shared_ptr<std::atomic<Index>> decoded = std::make_shared<std::atomic<Index>>(0);

  Index size() const { return count; }
  const std::vector<std::string>& class_names() const { return names; }
  Index label(Index i) const { return i % 7; }
  std::string name(Index i) const { return "picture " + std::to_string(i); }
  Image image(Index i) const {
    ++*decoded;
    // Later pictures are ready before earlier ones where there are several workers.
    std::this_thread::sleep_for(std::chrono::microseconds((i * 37 % 11) * 20));
    if (broken.contains(i)) throw Error(name(i) + ": broken");
    if (no_memory.contains(i)) throw std::bad_alloc();
    Image out(1, 1, 1);
    out.values[0] = static_cast<std::uint8_t>(i);
    return out;
  }
};
static_assert(Dataset<Numbered>);
static_assert(Sampler<ShufflingSampler> && Sampler<OrderedSampler>);

/// [3] the picture's value and two draws. The number of draws depends on what is drawn.
void augment(const Image& picture, Draws& draws, std::span<float> out) {
  out[0] = picture.values[0];
  while (draws.uniform() < 0.5) continue;
  out[1] = static_cast<float>(draws.uniform());
  out[2] = static_cast<float>(draws.normal());
}

using Transform = Loader::Transform;
static_assert(std::is_constructible_v<Loader, const Numbered&, OrderedSampler, Index, Transform>);
static_assert(!std::is_constructible_v<Loader, Numbered, OrderedSampler, Index, Transform>, "a set that is gone after the line");

LoaderOptions options(int workers, Index ahead = 3, bool skip_broken = false) { return {workers, ahead, 42, skip_broken}; }

/// A batch, copied.
struct Copy {
  std::vector<float> inputs;
  std::vector<std::int64_t> labels;
  std::vector<Index> samples;
  Index epoch, position;
  bool operator==(const Copy&) const = default;
};
Copy copy(const LoaderBatch& batch) {
  return {{batch.inputs.begin(), batch.inputs.end()},
          {batch.labels.begin(), batch.labels.end()},
          {batch.samples.begin(), batch.samples.end()},
          batch.epoch,
          batch.position};
}
std::vector<Copy> take(Loader& loader, int count) {
  std::vector<Copy> out;
  for (int i = 0; i < count; ++i)
    if (const auto batch = loader.next()) out.push_back(copy(*batch));
  return out;
}

/// Whether this process has `count` threads. The system lists a thread for a moment after it was joined, so this looks for up to 5 s.
bool has_threads(std::ptrdiff_t count) {
  for (int tries = 0; tries < 500; ++tries, std::this_thread::sleep_for(std::chrono::milliseconds(10)))
    if (std::distance(std::filesystem::directory_iterator("/proc/self/task"), {}) == count) return true;
  return false;
}

}  // namespace

TEST_CASE("loader: batches are what the sampler and the streams say, for any number of workers") {
  const Numbered set{50};
  ShufflingSampler reference(50, 8, 5);
  std::vector<Copy> expected;
  for (int i = 0; i < 17; ++i) {  // 7 batches an epoch: into the third
    const auto samples = reference.next();
    Copy batch{{}, {}, {samples.begin(), samples.end()}, reference.epoch(), reference.position() - 1};
    for (const Index s : samples) {
      Draws draws(Stream(42, Purpose::augmentation, static_cast<std::uint64_t>(batch.epoch), static_cast<std::uint64_t>(s)));
      Image picture(1, 1, 1);
      picture.values[0] = static_cast<std::uint8_t>(s);
      batch.inputs.resize(batch.inputs.size() + 3);
      augment(picture, draws, std::span(batch.inputs).last(3));
      batch.labels.push_back(s % 7);
    }
    expected.push_back(std::move(batch));
  }
  CHECK(expected[6].samples.size() == 2);
  CHECK(expected[7].epoch == 1);
  for (const int workers : {0, 1, 2, 5})
    for (const Index ahead : {1, 2, 7}) {
      Loader loader(set, ShufflingSampler(50, 8, 5), 3, augment, options(workers, ahead));
      CHECK(take(loader, 17) == expected);
      CHECK(loader.skipped() == 0);
    }
}

TEST_CASE("loader: a run that is resumed in mid-epoch gets the same batches") {
  const Numbered set{50};
  Loader whole(set, ShufflingSampler(50, 8, 5), 3, augment, options(2));
  const auto expected = take(whole, 20);
  for (const std::size_t used : {1u, 4u, 7u, 12u}) {
    ShufflingSampler sampler(50, 8, 5);
    sampler.seek(expected[used - 1].epoch, expected[used - 1].position + 1);
    Loader resumed(set, sampler, 3, augment, options(5));
    const auto rest = take(resumed, static_cast<int>(20 - used));
    CHECK(std::equal(rest.begin(), rest.end(), expected.begin() + static_cast<std::ptrdiff_t>(used), expected.end()));
  }
}

TEST_CASE("loader: one pass over a set, then nothing") {
  const Numbered set{10};
  for (const int workers : {0, 3}) {
    Loader loader(set, OrderedSampler(10, 4), 3, augment, options(workers));
    const auto batches = take(loader, 5);
    REQUIRE(batches.size() == 3);
    CHECK(batches[0].samples == std::vector<Index>{0, 1, 2, 3});
    CHECK(batches[2].samples == std::vector<Index>{8, 9});
    CHECK(batches[2].inputs.size() == 6);
    CHECK(batches[2].position == 2);
    CHECK(!loader.next().has_value());
    CHECK(*set.decoded == (workers == 0 ? 10 : 20));
  }
}

TEST_CASE("loader: the exception of a sample comes with its batch, as it was thrown, and the batches after it follow") {
  const Numbered set{40, {13, 14}, {33}};  // batches of 5: 2 and 6
  for (const int workers : {0, 1, 2, 5}) {
    Loader loader(set, OrderedSampler(40, 5), 3, augment, options(workers));
    for (Index batch = 0; batch < 8; ++batch) {
      if (batch == 2)
        CHECK(error_of([&] { loader.next(); }) == "picture 13: broken");
      else if (batch == 6)
        CHECK_THROWS_AS(loader.next(), std::bad_alloc);
      else
        CHECK(loader.next()->samples[0] == batch * 5);
    }
    CHECK(!loader.next().has_value());
  }
}

TEST_CASE("loader: an exception of the transform is thrown, with skip_broken too") {
  const Numbered set{20};
  const auto picky = [](const Image& picture, Draws&, std::span<float> out) {
    if (picture.values[0] == 6) throw Error("transform: no sixes");
    out[0] = 1;
  };
  for (const int workers : {0, 2})
    for (const bool skip : {false, true}) {
      Loader loader(set, OrderedSampler(20, 4), 1, picky, options(workers, 2, skip));
      CHECK(loader.next()->size() == 4);
      CHECK(error_of([&] { loader.next(); }) == "transform: no sixes");
      CHECK(loader.next()->samples[0] == 8);
      CHECK(loader.skipped() == 0);
    }
}

TEST_CASE("loader: skip_broken leaves samples out, counts them and names each once") {
  const Numbered set{12, {1, 3, 8}};
  std::vector<Copy> whole;
  for (const int workers : {0, 1, 2, 5}) {
    Loader loader(set, OrderedSampler(12, 4), 3, augment, options(workers, 3, true));
    const auto batches = take(loader, 3);
    REQUIRE(batches.size() == 3);
    CHECK(batches[0].samples == std::vector<Index>{0, 2});
    CHECK(batches[0].labels == std::vector<std::int64_t>{0, 2});
    CHECK(batches[0].inputs.size() == 6);
    CHECK(batches[0].inputs[3] == 2);
    CHECK(batches[1].samples.size() == 4);
    CHECK(batches[2].samples == std::vector<Index>{9, 10, 11});
    CHECK(batches[2].inputs[0] == 9);
    CHECK(batches[2].inputs[6] == 11);
    CHECK(loader.skipped() == 3);
    REQUIRE(loader.broken().size() == 3);
    CHECK(loader.broken()[1].sample == 3);
    CHECK(loader.broken()[1].name == "picture 3");
    CHECK(loader.broken()[1].what == "picture 3: broken");
    if (workers == 0) whole = batches;
    CHECK(batches == whole);
  }
  Loader epochs(set, ShufflingSampler(12, 6, 1), 3, augment, options(2, 3, true));
  std::size_t samples = 0;
  for (const auto& batch : take(epochs, 8)) samples += batch.samples.size();
  CHECK(samples == 4 * 9);
  CHECK(epochs.skipped() == 4 * 3);
  CHECK(epochs.broken().size() == 3);
}

TEST_CASE("loader: mark_broken keeps broken samples in their places") {
  const Numbered set{8, {1, 4, 5}, {7}};
  for (const int workers : {0, 2}) {
    Loader loader(set, OrderedSampler(8, 2), 3, augment, {.workers = workers, .seed = 42, .skip_broken = true, .mark_broken = true});
    Loader others(set, OrderedSampler(8, 2), 3, augment, options(workers, 3, true));
    const auto first = loader.next();
    REQUIRE(first->size() == 2);
    CHECK(std::ranges::equal(first->samples, std::vector<Index>{0, 1}));
    CHECK(std::ranges::equal(first->labels, std::vector<std::int64_t>{0, 1}));
    CHECK(std::ranges::equal(first->broken, std::vector<std::uint8_t>{0, 1}));
    CHECK(std::ranges::equal(first->inputs.first(3), others.next()->inputs));
    CHECK(std::ranges::equal(first->inputs.last(3), std::vector<float>{0, 0, 0}));
    CHECK(std::ranges::equal(loader.next()->broken, std::vector<std::uint8_t>{0, 0}));
    CHECK(std::ranges::equal(loader.next()->broken, std::vector<std::uint8_t>{1, 1}));  // nothing but broken ones is no error
    CHECK_THROWS_AS(loader.next(), std::bad_alloc);
    CHECK(loader.skipped() == 3);
    REQUIRE(loader.broken().size() == 3);
    CHECK(loader.broken()[0].what == "picture 1: broken");
    CHECK(others.next()->broken.empty());
  }
}

TEST_CASE("loader: a batch with nothing left is an error, not an endless search; a lack of memory is not a broken picture") {
  const Numbered set{8, {4, 5, 6, 7}, {2}};
  for (const int workers : {0, 2}) {
    Loader loader(set, OrderedSampler(8, 2), 3, augment, options(workers, 3, true));
    CHECK(loader.next()->size() == 2);
    CHECK_THROWS_AS(loader.next(), std::bad_alloc);
    CHECK(error_of([&] { loader.next(); }) == "loader: none of the 2 samples of a batch can be read; the last of them: picture 5: broken");
    CHECK(error_of([&] { loader.next(); }) == "loader: none of the 2 samples of a batch can be read; the last of them: picture 7: broken");
    CHECK(!loader.next().has_value());
  }
}

namespace {

/// Counts the batches that were drawn; its fourth batch has a number that no set has.
struct CountingSampler {
  std::shared_ptr<std::atomic<Index>> drawn;
  Index wrong_batch = -1;
  std::vector<Index> batch = std::vector<Index>(4);
  Index position_ = 0;
  std::span<const Index> next() {
    ++*drawn;
    for (std::size_t i = 0; i < 4; ++i) batch[i] = position_ == wrong_batch ? 1000 : (position_ * 4 + static_cast<Index>(i)) % 100;
    ++position_;
    return batch;
  }
  Index epoch() const { return 0; }
  Index position() const { return position_; }
};

}  // namespace

TEST_CASE("loader: never more than `ahead` batches are begun and not given back, and memory is used again") {
  const Numbered set{100};
  for (const int workers : {0, 1, 2, 5})
    for (const Index ahead : {1, 2, 4}) {
      auto drawn = std::make_shared<std::atomic<Index>>(0);
      std::mutex mutex;
      std::set<const float*> rows;
      const auto record = [&](const Image&, Draws&, std::span<float> out) {
        const std::lock_guard lock(mutex);
        rows.insert(out.data());
      };
      Loader loader(set, CountingSampler{drawn}, 2, record, options(workers, ahead));
      for (Index returned = 1; returned <= 30; ++returned) {
        CHECK(loader.next().has_value());
        // Batches 0 .. returned - 2 were given back.
        CHECK(*drawn - (returned - 1) <= ahead);
        CHECK(*drawn - (returned - 1) == (workers == 0 ? 1 : ahead));
      }
      const std::lock_guard lock(mutex);
      CHECK(static_cast<Index>(rows.size()) <= 4 * ahead);
    }
}

TEST_CASE("loader: a wrong number of the sampler comes after the batches before it") {
  const Numbered set{100};
  for (const int workers : {0, 2}) {
    Loader loader(set, CountingSampler{std::make_shared<std::atomic<Index>>(0), 3}, 3, augment, options(workers, 8));
    for (int i = 0; i < 3; ++i) CHECK(loader.next()->samples[0] == 4 * i);
    for (int i = 0; i < 2; ++i) CHECK(error_of([&] { loader.next(); }) == "loader: wanted samples of 0 .. 99 from the sampler, found 1000");
  }
}

TEST_CASE("loader: no thread is left behind, wherever it is destroyed") {
  const Numbered set{200, {11}};
  const auto listed = [] { return std::distance(std::filesystem::directory_iterator("/proc/self/task"), {}); };
  auto before = listed();
  for (int looks = 0; looks < 100; ++looks, std::this_thread::sleep_for(std::chrono::milliseconds(10)))
    before = std::min(before, listed());  // threads of an earlier case that were joined may still be listed
  for (const int workers : {1, 2, 5})
    for (int taken = 0; taken < 6; ++taken) {
      {
        Loader loader(set, ShufflingSampler(200, 4, 3), 3, augment, options(workers, 4));
        CHECK(has_threads(before + workers));
        for (int i = 0; i < taken; ++i) error_of([&] { loader.next(); });
      }
      CHECK(has_threads(before));
      {
        Loader loader(set, OrderedSampler(200, 4), 3, augment, options(workers, 4));
        for (int i = 0; i < 2; ++i) loader.next();
        CHECK(error_of([&] { loader.next(); }) == "picture 11: broken");
      }
      CHECK(has_threads(before));
    }
  // Only what is in work is finished: not all that was begun.
  const Numbered slow{1'000'000};
  { Loader loader(slow, OrderedSampler(1'000'000, 500'000), 3, augment, options(2, 2)); }
  CHECK(*slow.decoded < 500'000);
}

TEST_CASE("loader: wrong options, each with its error") {
  const Numbered set{10};
  const auto error = [&](Index values, const LoaderOptions& given) { return error_of([&] { Loader(set, OrderedSampler(10, 2), values, augment, given); }); };
  CHECK(error(3, options(2)) == "");
  CHECK(error(0, options(2)) == "loader: wanted at least 1 value for a sample, found 0");
  CHECK(error(3, options(-1)) == "loader: wanted 0 .. 1024 workers, found -1");
  CHECK(error(3, options(1025)) == "loader: wanted 0 .. 1024 workers, found 1025");
  CHECK(error(3, options(2, 0)) == "loader: wanted 1 .. 65536 batches ahead, found 0");
  CHECK(error_of([&] { Loader(set, OrderedSampler(10, 2), 3, nullptr, options(0)); }) == "loader: wanted a transform, found none");
  CHECK(error_of([] { OrderedSampler(0, 1); }) == "sampler: wanted at least 1 sample, found 0");
  CHECK(error_of([] { OrderedSampler(1, 0); }) == "sampler: wanted a batch size of at least 1, found 0");
}

TEST_CASE("loader: the time that next() waits is measured") {
  struct Slow : Numbered {
    Image image(Index) const {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
      return Image(1, 1, 1);
    }
  };
  const Slow set{{8}};
  for (const int workers : {0, 1}) {
    Loader loader(set, OrderedSampler(8, 4), 3, augment, options(workers));
    CHECK(loader.seconds_waited() == 0);
    loader.next();
    if (workers == 0) CHECK(loader.seconds_waited() >= 0.04);
    CHECK(loader.seconds_waited() > 0);
    CHECK(loader.seconds_waited() < 10);
    std::this_thread::sleep_for(std::chrono::milliseconds(200));  // the second batch gets ready
    const double before = loader.seconds_waited();
    loader.next();
    if (workers == 0) CHECK(loader.seconds_waited() - before >= 0.04);
  }
}

TEST_CASE("loader: a child of fork() gets an error, not an endless wait") {
  const Numbered set{100};
  Loader loader(set, ShufflingSampler(100, 4, 3), 3, augment, options(2));
  loader.next();
  const pid_t child = ::fork();
  if (child == 0) {
    const bool refused = error_of([&] { loader.next(); }) == "loader: a child of fork() has no workers; make a loader in the child";
    ::_exit(refused ? 0 : 1);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  CHECK(loader.next()->size() == 4);
}
