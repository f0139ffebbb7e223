// The page becomes interactive; without scripts, or if one fails, its static figures remain.

document.querySelectorAll("main table").forEach(makeSortable);
followSections(document.getElementById("contents"));
const data = await readData("page-data");
document.documentElement.classList.add("js");
drawAnswer(data);
setUpRoc(data);
setUpThreshold(data);
offerFiles({ ...data.files, "interactive.json": JSON.stringify(data.interactive) });
