// The effects that the machine asks for, and what each of them does on the page.

import { addressIsKnown } from './address.js';

/** @typedef {import('./page.js').Page} Page */

/** A fault in one picture stops neither the run nor the page. @param {Page} page @param {import('./machine.js').Effect} effect */
export function carryOut(page, effect) {
  try {
    EFFECTS[effect.do](page, effect);
  } catch (error) {
    reportError(error);
  }
}

/** @type {Record<string, (page: Page, effect: any) => unknown>} */
const EFFECTS = {
  // ---- questions to the server

  async ask({ events, server, parts }, { ticket, screen, question }) {
    const isWanted = () => events.state.question?.ticket === ticket;
    const part = parts[screen];
    const reply = await server.ask(screen, part.main, { ...question, ...part.asks() }, isWanted);
    if (reply) events.send({ type: 'answered', ticket, reply });
  },
  async follow(page, { id, query }) {
    const { events, server } = page;
    const isWanted = () => events.state.opening?.id === id;
    const answer = await server.ask('settings', 'open_link', { query }, isWanted);
    if (answer?.error) page.refuse(answer, null);
    if (answer) events.send({ type: 'resolved', id, answer: answer.error ? null : answer });
  },

  // ---- the parts

  draw: ({ parts }, { screen, value, reply }) => parts[screen].show(value, reply),
  fill({ presses, parts }, { settings }) {
    presses(); // what was pressed before is void
    parts.settings.fill(settings);
  },
  open: (page, { tab }) => page.open(tab),

  // ---- links and the address

  opened(page, { query, tab, lesson }) {
    page.asked = lesson && { ...lesson, query };
    addressIsKnown(page, lesson ? query : null); // an experiment has an address of its own
    page.remember({ tab });
  },
  unopened(page) {
    page.asked = null;
    page.guide = null;
    addressIsKnown(page, null);
    page.readdress();
  },
  address: (page) => page.readdress(),

  // ---- those who wait for a press, and those who listen

  begun: ({ events }, { id }) => events.begun(id),
  ended: ({ events }, { id, done }) => events.ended(id, done),
  changed: (page) => page.changed(),
  refuse: (page, { reply, experiment }) => page.refuse(reply, experiment),
  say: (page, { sentences, kind, cpu }) => page.say(sentences, kind, cpu && page.onCpu(cpu)),
};
