// Narrows the list of pages; without scripts the whole list stands there.
(() => {
  const form = document.querySelector("form.filters");
  const items = [...document.querySelectorAll("ul.pages li")];
  const said = form.querySelector("output");
  const narrow = () => {
    const asked = Object.fromEntries(new FormData(form));
    const find = asked.find.trim().toLowerCase();
    let shown = 0;
    for (const item of items) {
      const fits = ["formula", "money", "view"].every((key) => !asked[key] || item.dataset[key] === asked[key]);
      item.hidden = !(fits && item.textContent.toLowerCase().includes(find));
      shown += !item.hidden;
    }
    said.textContent = said.dataset.told.replace("{shown}", shown).replace("{all}", items.length);
  };
  form.hidden = false;
  form.addEventListener("input", narrow);
  form.addEventListener("submit", (event) => event.preventDefault());
  narrow();
})();
