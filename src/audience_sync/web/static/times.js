// Times in the viewer's zone: the server knows the moment, only the browser always knows the place.
const zone = document.documentElement.dataset.zone || Intl.DateTimeFormat().resolvedOptions().timeZone;
const parts = new Intl.DateTimeFormat("en-US", {
  timeZone: zone, year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23",
});
const units = [["day", 86400], ["hour", 3600], ["minute", 60]];

const of = (moment) => Object.fromEntries(parts.formatToParts(moment).map(({ type, value }) => [type, value]));

function exact(moment) {
  const { month, day, year, hour, minute } = of(moment);
  return `${month} ${day}, ${year} ${hour}:${minute}`;
}

function clock(moment) {
  const { hour, minute, second } = of(moment);
  return `${hour}:${minute}:${second}`;
}

function relative(moment) {
  const seconds = (Date.now() - moment) / 1000;
  if (Math.abs(seconds) < 45) return seconds >= 0 ? "just now" : "in a moment";
  const [unit, size] = units.find(([, each]) => Math.abs(seconds) >= each) ?? units[2];
  const amount = Math.max(1, Math.round(Math.abs(seconds) / size));
  const words = `${amount} ${unit}${amount === 1 ? "" : "s"}`;
  return seconds > 0 ? `${words} ago` : `in ${words}`;
}

const shapes = { exact, relative, clock, second: (moment) => `${exact(moment).slice(0, -5)}${clock(moment)}` };

function show(root) {
  for (const each of root.querySelectorAll("time[data-time]")) {
    const moment = new Date(each.dateTime);
    const words = shapes[each.dataset.time](moment);
    if (each.textContent !== words) each.textContent = words;
    each.title = `${exact(moment)} (${zone})`;
  }
}

show(document);
document.addEventListener("htmx:after:swap", () => show(document));
setInterval(() => document.hidden || show(document), 30000);
