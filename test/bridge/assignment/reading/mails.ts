import { Pace, type Work } from '../../../../src/bridge/assignment/reading/pace.js';
import type { ReadableMail } from '../../../../src/bridge/assignment/reading/found-in-mail.js';

export const mail = (members: Partial<ReadableMail>): ReadableMail => ({
  from: [],
  replyTo: [],
  to: [],
  cc: [],
  bcc: [],
  subject: '',
  text: null,
  html: null,
  ...members,
});

/** Does work in slices of so many units. */
export function done<W extends Work>(work: W, sliceUnits = Infinity): W {
  while (!work.isDone) work.advance(new Pace(sliceUnits));
  return work;
}
