import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { realMails } from '../../../fixtures/messages/real-life/index.js';
import { startDovecot, type Dovecot } from '../../../fixtures/servers/dovecot.js';
import type { ListItem } from '../../../src/greyhound/index.js';
import { RunningArchive } from './running-archive.js';

const SHOP = { address: 'shop@example.test', password: 'geheim-1' };
/** Dovecot ends lines with CRLF and has no NUL: these are the mails that it hands out as they are. */
const served = realMails.filter(({ bytes }) => {
  const text = bytes.toString('latin1');
  return text.endsWith('\r\n') && !/\0|\r(?!\n)|(?<!\r)\n/.test(text);
});

let dovecot: Dovecot;
let archive: RunningArchive;
let items: ListItem[];
beforeAll(async () => {
  dovecot = await startDovecot({ users: [SHOP] });
  for (const { bytes } of served) await dovecot.deliver(SHOP.address, bytes);
  archive = await RunningArchive.open({ caCertificate: dovecot.caCertificate });
  await archive.addPop3({
    Username: SHOP.address,
    Password: SHOP.password,
    Port: dovecot.pop3Port,
  });
  items = await archive.waitForItems(served.length);
}, 60_000);
afterAll(async () => {
  await archive.close();
  await dovecot.stop();
});

describe('mail of real life, fetched by POP3', () => {
  it('are many, of all kinds', () => {
    expect(served.length).toBeGreaterThan(80);
  });

  it.each(served.map(({ name }, index) => [name, index] as const))(
    '%s is stored and given out byte for byte, and can be opened',
    async (_name, index) => {
      const { bytes, expected } = served[index]!;
      const listed = items[index]!;
      expect(await archive.original(listed.ID)).toEqual(bytes);
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
