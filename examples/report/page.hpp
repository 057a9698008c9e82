#pragma once
/// The report as a page: one file that needs no other.
#include <string>
#include <vector>

namespace adatape::examples {

/// What surrounds the report's sections.
struct PageText {
  std::string title, subtitle;  ///< text, escaped by page_html
};

/// A part of the report.
struct Section {
  std::string id, heading;  ///< letters; text, escaped by page_html
  std::string lead;         ///< HTML, may be empty
  std::string content;      ///< HTML
};

/// `summary` is HTML between the title and the first section.
std::string page_html(const PageText& text, const std::string& summary, const std::vector<Section>& sections);

}  // namespace adatape::examples
