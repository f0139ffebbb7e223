// The table of contents marks the section in view.

function followSections(contents) {
  const links = new Map([...contents.querySelectorAll("a")].map((link) => [link.hash.slice(1), link]));
  const inView = new Set();
  const observer = new IntersectionObserver((entries) => {
    entries.forEach((entry) => (entry.isIntersecting ? inView.add(entry.target.id) : inView.delete(entry.target.id)));
    const current = [...links.keys()].find((id) => inView.has(id));
    links.forEach((link, id) => (id === current ? link.setAttribute("aria-current", "true") : link.removeAttribute("aria-current")));
    if (current) scrollIntoRow(contents, links.get(current));
  }, { rootMargin: "-15% 0px -60% 0px" });
  links.forEach((link, id) => observer.observe(document.getElementById(id)));
}

// On narrow screens the table of contents is one row that scrolls.
function scrollIntoRow(contents, link) {
  if (contents.scrollWidth > contents.clientWidth) contents.scrollLeft = link.offsetLeft - contents.clientWidth / 3;
}
