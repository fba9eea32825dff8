const text = config.texts;
const say = (name, values) => Object.entries(values || {}).reduce((words, [key, value]) => words.replaceAll("{" + key + "}", () => value), text[name]);
const byId = (id) => document.getElementById(id);

const size = (bytes) => {
  if (bytes === 1) { return text.oneByte; }
  const units = text.units.split(" ");
  let unit = 0;
  let value = bytes;
  while (value >= 1024 && unit < units.length - 1) { value /= 1024; unit += 1; }
  return (unit === 0 ? value : value.toFixed(value < 10 ? 1 : 0)) + " " + units[unit];
};
