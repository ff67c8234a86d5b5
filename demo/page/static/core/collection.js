// The names that were drawn, as pure functions on a list of them.

/**
 * @typedef {object} Drawn a name that was drawn
 * @property {string} name
 * @property {boolean | null} known whether it stands in the training list; null where there is no such list
 * @property {string} table
 * @property {string} seed
 * @property {string} about names the table's numbers: a name stays only as long as these are on the page
 */

const MOST = 100; // the oldest names make room

/** @param {Drawn[]} names @param {Drawn | null} fresh */
export function collected(names, fresh) {
  if (!fresh || names.some(({ table, seed }) => table === fresh.table && seed === fresh.seed)) return names;
  return [...names, fresh].slice(-MOST);
}

/** @param {Drawn[]} names @param {Record<string, string>} about the tables that are on the page */
export function ofTables(names, about) {
  return names.filter((one) => one.about === about[one.table]);
}
