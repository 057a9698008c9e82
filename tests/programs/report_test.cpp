/// The parts of a training report: escaping, CSV, axes, event records, confusion of many classes, long histograms.
#include <doctest/doctest.h>

#include <limits>

#include "common/progress.hpp"
#include "report/axis.hpp"
#include "report/confusion.hpp"
#include "report/curves.hpp"
#include "report/data_uri.hpp"
#include "report/event_file.hpp"
#include "report/history.hpp"
#include "report/html.hpp"
#include "report/length_histogram.hpp"

using namespace adatape::examples;
using adatape::Index;

namespace {

Index count_of(const std::string& text, const std::string& part) {
  Index count = 0;
  for (auto at = text.find(part); at != text.npos; at = text.find(part, at + part.size())) ++count;
  return count;
}

}  // namespace

TEST_CASE("text from outside cannot become HTML") {
  CHECK(escaped("a<b>&\"c\"'d'") == "a&lt;b&gt;&amp;&quot;c&quot;&#39;d&#39;");
  CHECK(escaped("\xc3\x84pfel") == "\xc3\x84pfel");
  CHECK(escaped("a\n\xff") == "a\\x0a\\xff");
}

TEST_CASE("rates of fast and of slow models") {
  CHECK(rate_text(1234.4) == "1234");
  CHECK(rate_text(9.96) == "10");
  CHECK(rate_text(9.94) == "9.9");
  CHECK(rate_text(1.0 / 3) == "0.33");
  CHECK(rate_text(0.0512) == "0.051");
  CHECK(rate_text(0) == "0");
  CHECK(minutes(75) == "1:15");
  CHECK(minutes(180000) == "50:00:00");
}

TEST_CASE("base64 as in RFC 4648, section 10") {
  const auto encoded = [](std::string_view text) { return base64(std::as_bytes(std::span(text))); };
  CHECK(encoded("") == "");
  CHECK(encoded("f") == "Zg==");
  CHECK(encoded("fo") == "Zm8=");
  CHECK(encoded("foo") == "Zm9v");
  CHECK(encoded("foobar") == "Zm9vYmFy");
}

TEST_CASE("a log as comma-separated values") {
  const History history("{\"epoch\":1,\"loss\":0.1}\nno JSON\n[1]\n{\"epoch\":2,\"lo\\\"ss,\":\"a,\\\"b\\\"\\r\\nc\",\"loss\":null}\n");
  CHECK(history.size() == 2);
  CHECK(history.columns() == std::vector<std::string>{"epoch", "loss", "lo\"ss,"});
  CHECK(history.csv() == "epoch,loss,\"lo\"\"ss,\"\r\n1,0.1,\r\n2,,\"a,\"\"b\"\"\r\nc\"\r\n");
  CHECK(history.number(0, "loss") == 0.1);
  CHECK(!history.last("loss"));
  CHECK(!history.last("none"));
  CHECK(!History("").last("epoch"));
}

TEST_CASE("a long log is thinned to its first, its last and epochs between") {
  std::string lines;
  for (int epoch = 1; epoch <= 1000; ++epoch) lines += fmt::format("{{\"epoch\":{},\"loss\":1}}\n", epoch);
  const auto thinned = History(lines).thinned(400);
  CHECK(thinned.size() == 400);
  CHECK(thinned.number(0, "epoch") == 1);
  CHECK(thinned.last("epoch") == 1000);
  CHECK(History(lines).thinned(1000).size() == 1000);
}

TEST_CASE("an axis holds its values, and its marks are few round numbers") {
  const double infinity = std::numeric_limits<double>::infinity();
  for (const auto& values : {std::pair{0.0, 1.0}, {0.61, 0.87}, {-3.0, 1e6}, {1e-7, 3e-3}, {5.0, 5.0}, {0.0, 0.0}, {-2e-9, -1e-9}, {1e300, 2e300}}) {
    const double low = values.first, high = values.second;  // clang 14 lets no lambda, such as CAPTURE's, have a structured binding
    const auto axis = Axis::around(low, high);
    CAPTURE(low);
    CAPTURE(high);
    CHECK(axis.low <= low + 1e-9 * std::abs(low));
    CHECK(axis.high >= high - 1e-9 * std::abs(high));
    CHECK(axis.low < axis.high);
    CHECK(axis.high < infinity);
    CHECK(axis.marks().size() >= 3);
    CHECK(axis.marks().size() <= 9);
  }
  CHECK(Axis::around(0.61, 0.87).text(0.7) == "0.7");
  CHECK(Axis::around(0.61, 0.66).text(0.65) == "0.65");
  CHECK(Axis::around(0, 80).text(20) == "20");
  CHECK(Axis::whole(1, 1).marks() == std::vector<double>{1});
  CHECK(Axis::whole(1, 8).marks().size() == 8);
}

TEST_CASE("a record of an event file") {
  CHECK(framed_record("") == std::string("\0\0\0\0\0\0\0\0\x29\x03\x98\x07\xd8\xea\x82\xa2", 16));  // as TensorFlow writes an empty record
  CHECK(framed_record("abc").size() == 19);
  CHECK(framed_record("abc").substr(12, 3) == "abc");
}

TEST_CASE("curves of one epoch, and of values that are no numbers") {
  const auto one = curves_html(History("{\"epoch\":7,\"loss\":0.5,\"accuracy\":1,\"test_accuracy\":1,\"rate\":0}\n"), "");
  CHECK(count_of(one, "<figure") == 3);
  CHECK(count_of(one, "class=\"point strip") == 3);
  CHECK(count_of(one, "nan") + count_of(one, "inf") == 0);
  const auto gap = curves_html(History("{\"epoch\":1,\"loss\":null}\n{\"epoch\":2,\"loss\":0.25}\n"), "steps");
  CHECK(count_of(gap, "<figure") == 4);
  CHECK(count_of(gap, "epoch 1: no number") > 0);
  CHECK(count_of(gap, "epoch 2: 0.25") > 0);
  CHECK(count_of(gap, "nan") + count_of(gap, "inf") == 0);
}

TEST_CASE("of more than 20 classes the pairs that are confused most often are told") {
  std::vector<TestedPicture> pictures;
  for (Index label = 0; label < 30; ++label)
    for (Index i = 0; i <= label; ++i) pictures.push_back({.label = label, .predicted = (label + 1) % 30});
  CheckpointInfo info;
  info.classes = {"<zero>"};
  const auto html = Confusion(30, pictures).html(info);
  CHECK(count_of(html, "<tr>") == 21);
  CHECK(html.find("<tr><th scope=\"row\">29</th><td>&lt;zero&gt;</td><td>30</td><td>100.00 %</td></tr>") < html.find("<th scope=\"row\">28</th>"));
  CHECK(count_of(html, "<th scope=\"row\">10</th>") == 1);
  CHECK(count_of(html, "<th scope=\"row\">9</th>") == 0);

  pictures.resize(3);  // classes 0, 1, and 2 as a prediction
  const Confusion few(30, pictures);
  CHECK(few.present() == std::vector<Index>{0, 1, 2});
  CHECK(few.count(1, 2) == 2);
  CHECK(few.total(1) == 2);
  CHECK(few.total(2) == 0);
  CHECK(count_of(few.html(info), "<td class=\"share\">-</td>") == 1);
}

TEST_CASE("a histogram of many lengths puts neighbours together") {
  TestResult result{.pictures = {}, .count = 3, .mean_length = 60, .shortest = 0, .longest = 100};
  for (const Index length : {0, 1, 100}) result.pictures.push_back({.length = length});
  const auto html = length_histogram_html(result, 100, "tape length");
  CHECK(count_of(html, "class=\"bar\"") == 34);
  CHECK(html.find("<tr><th scope=\"row\">0 to 2</th><td>2</td><td>66.67 %</td></tr>") != html.npos);
  CHECK(html.find("<tr><th scope=\"row\">99 to 101</th><td>1</td><td>33.33 %</td></tr>") != html.npos);
  CHECK(count_of(length_histogram_html(result, 10, "steps"), "class=\"bar\"") == 11);
}
