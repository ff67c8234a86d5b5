// The names that were drawn, as pure functions on a list of {name, known, table, seed, about}. `about` names the table
// that a name was drawn from: a name stays only as long as that table is on the page.

const MOST = 100; // the oldest names make room

export function collected(names, fresh) {
  if (!fresh || names.some(({ table, seed }) => table === fresh.table && seed === fresh.seed)) return names;
  return [...names, fresh].slice(-MOST);
}

export function ofTables(names, about) {
  return names.filter((one) => one.about === about[one.table]);
}
