import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { realMails, type RealMail } from '../../../fixtures/messages/real-life/index.js';
import { startDovecot, type Dovecot } from '../../../fixtures/servers/dovecot.js';
import type { ListItem } from '../../../src/greyhound/index.js';
import { RunningArchive } from './running-archive.js';
import { ScriptedPop3 } from './scripted-pop3.js';

const SHOP = { address: 'shop@example.test', password: 'geheim-1' };

/** As a POP3 server hands it out: the last line has an end. */
const overTheWire = (bytes: Buffer): Buffer =>
  bytes.subarray(-2).equals(Buffer.from('\r\n'))
    ? bytes
    : Buffer.concat([bytes, Buffer.from('\r\n')]);

/** Dovecot ends lines with CRLF and has no NUL; mails with others come from a server that hands out what it has. */
const isChangedByDovecot = ({ bytes }: RealMail) =>
  /\0|\r(?!\n)|(?<!\r)\n/.test(bytes.toString('latin1'));
const fromDovecot = realMails.filter((mail) => !isChangedByDovecot(mail));
const others = realMails.filter(isChangedByDovecot);
const fetched = [...fromDovecot, ...others];

let dovecot: Dovecot;
let scripted: ScriptedPop3;
let archive: RunningArchive;
let items: ListItem[];
beforeAll(async () => {
  dovecot = await startDovecot({ users: [SHOP] });
  for (const { bytes } of fromDovecot) await dovecot.deliver(SHOP.address, bytes);
  scripted = await ScriptedPop3.start(
    others.map(({ name, bytes }) => ({ uidl: name, bytes: overTheWire(bytes) })),
  );
  archive = await RunningArchive.open({ caCertificate: dovecot.caCertificate });
  await archive.addPop3({
    Username: SHOP.address,
    Password: SHOP.password,
    Port: dovecot.pop3Port,
  });
  await archive.waitForItems(fromDovecot.length);
  await archive.addPop3({ Username: 'u', Password: 'p', Port: scripted.port });
  items = await archive.waitForItems(fetched.length);
}, 60_000);
afterAll(async () => {
  await archive.close();
  await scripted.stop();
  await dovecot.stop();
});

describe('mail of real life, fetched by POP3', () => {
  it.each(fetched.map(({ name }, index) => [name, index] as const))(
    '%s is stored and given out byte for byte, and can be opened',
    async (_name, index) => {
      const { bytes, expected } = fetched[index]!;
      const listed = items[index]!;
      expect(await archive.original(listed.ID)).toEqual(overTheWire(bytes));
      const item = await archive.client.items.Get({ ID: listed.ID, MarkAsReading: false });
      expect({
        from: item.From.Text,
        subject: item.Subject,
        messageId: item.Properties.Email.MessageID.replace(/^<|>$/g, ''),
        attachments: item.Attachments.map(({ Name, Size }) => [Name, Size]),
      }).toEqual({
        from: expected.header.from,
        subject: expected.header.subject,
        messageId: expected.header.messageId,
        attachments: expected.attachments.map(([name, , sizeBytes]) => [name, sizeBytes]),
      });
    },
  );
});
