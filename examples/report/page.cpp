#include "page.hpp"

#include "html.hpp"
#include "page_style.hpp"

namespace adatape::examples {

std::string page_html(const PageText& text, const std::string& summary, const std::vector<Section>& sections) {
  // The policy lets the page fetch nothing at all.
  std::string out =
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n"
      "<link rel=\"icon\" href=\"data:,\">\n";
  out += fmt::format("<title>{}: training report</title>\n<style>{}</style>\n</head>\n<body>\n", escaped(text.title), kPageStyle);
  out += fmt::format(
      "<a class=\"skip\" href=\"#main\">Skip to the report</a>\n<header><p class=\"kind\">Training report</p><h1>{}</h1>\n<p class=\"subtitle\">{}</p>\n",
      escaped(text.title), escaped(text.subtitle));
  out += "<nav aria-label=\"Sections\"><ul>";
  for (const auto& section : sections) out += fmt::format("<li><a href=\"#{}\">{}</a></li>", section.id, escaped(section.heading));
  out += fmt::format("</ul></nav></header>\n<main id=\"main\" tabindex=\"-1\">\n{}", summary);
  for (const auto& section : sections)
    out +=
        fmt::format("<section id=\"{}\" aria-labelledby=\"{}-heading\">\n<h2 id=\"{}-heading\">{}</h2>\n{}{}</section>\n", section.id, section.id, section.id,
                    escaped(section.heading), section.lead.empty() ? "" : fmt::format("<p class=\"lead\">{}</p>\n", section.lead), section.content);
  return out + fmt::format("</main>\n<script>{}</script>\n</body>\n</html>\n", kPageScript);
}

}  // namespace adatape::examples
