import { expect, it } from '@jest/globals';
import { mailtoTargets } from '../../../../src/bridge/assignment/reading/mailto-targets.js';

it.each<[string, string | null]>([
  ['mailto:info@huber.example', 'info@huber.example'],
  [' MailTo:info%40huber.example', 'info@huber.example'],
  ['mailto:a@x.example,b@x.example', 'a@x.example,b@x.example'],
  ['mailto:a@x.example?cc=b@x.example&BCC=c%40x.example', 'a@x.example b@x.example c@x.example'],
  ['mailto:?to=b@x.example&subject=c@x.example&body=AB-5003', ' b@x.example'],
  ['mailto:100%@x.example', '100%@x.example'],
  ['mailto:', ''],
  ['https://x.example/?to=a@x.example', null],
  ['xmailto:a@x.example', null],
  ['', null],
])('a link %j writes to %j', (link, targets) => {
  expect(mailtoTargets(link)).toBe(targets);
});
