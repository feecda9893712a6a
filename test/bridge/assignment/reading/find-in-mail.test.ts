import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { findInMail } from '../../../../src/bridge/assignment/reading/find-in-mail.js';
import { Pace } from '../../../../src/bridge/assignment/reading/pace.js';
import { mail } from './mails.js';

async function addresses(...of: Parameters<typeof mail>) {
  const found = await findInMail(mail(...of));
  return Object.fromEntries(found.addresses.map(({ address, places }) => [address, places]));
}

async function references(...of: Parameters<typeof mail>) {
  const found = await findInMail(mail(...of));
  return Object.fromEntries(found.references.map(({ reference, places }) => [reference, places]));
}

describe('addresses of a mail', () => {
  it('SAL-145 are found in sender, recipients, subject and body', async () => {
    const found = await addresses({
      from: ['"from@name.example" <from@huber.example>'],
      replyTo: ['Huber <reply@huber.example>'],
      to: ['to@huber.example, Lea <lea@huber.example>', 'third@huber.example'],
      cc: ['cc@huber.example'],
      bcc: ['bcc@huber.example'],
      subject: 'Frage von subject@huber.example',
      text: '> Von: text@huber.example',
      html: '<a href="mailto:link@huber.example">html@huber.example</a>',
    });
    expect(found).toEqual({
      'from@huber.example': ['from'],
      'reply@huber.example': ['replyTo'],
      'to@huber.example': ['to'],
      'lea@huber.example': ['to'],
      'third@huber.example': ['to'],
      'cc@huber.example': ['cc'],
      'bcc@huber.example': ['bcc'],
      'subject@huber.example': ['subject'],
      'text@huber.example': ['body'],
      'html@huber.example': ['body'],
      'link@huber.example': ['body'],
    });
  });

  it('are one in all their spellings, with all their places', async () => {
    const found = await addresses({
      from: ['INFO@Wäber.example'],
      cc: ['info@wäber.example', 'Info <info@xn--wber-loa.example>'],
      text: 'info@WÄBER.example, info@xn--wber-loa.example',
      html: 'info@wa\u0308ber.example',
    });
    expect(found).toEqual({ 'info@xn--wber-loa.example': ['from', 'cc', 'body'] });
  });

  it.each([
    ['Mail: info@huber.example\nNachricht: …'],
    ['Empfänger info@huber.example'],
    ['> Von: info@huber.example\n> Hallo'],
    ['<a href="mailto:info@huber.example">Antworten</a>'],
    ['Bitte antworten an info@huber.example.'],
  ])('are found in a body, be it text or HTML: %s', async (body) => {
    expect(await addresses({ text: body })).toEqual({ 'info@huber.example': ['body'] });
    expect(await addresses({ html: body })).toEqual({ 'info@huber.example': ['body'] });
  });
});

describe('numbers of a mail', () => {
  it('SAL-152 are one in all their spellings, with all their places', async () => {
    const found = await findInMail(
      mail({
        subject: 'AW:AB-5003',
        text: 'ab-5003 … nochmals: #AB\u20115003 und LS-9003',
        html: 'AB-<b>50&shy;03</b>',
      }),
    );
    expect(found.references).toContainEqual({
      reference: 'ab-5003',
      text: 'AB-5003',
      places: ['subject', 'body'],
    });
    expect(found.references.map(({ reference }) => reference)).toEqual([
      'ab-5003',
      'ls-9003',
      'und ls-9003',
    ]);
  });

  it('are looked for in subject and body only, and not in links', async () => {
    const found = await references({
      from: ['"AB-1001" <ab-1002@huber.example>'],
      to: ['AB-1003'],
      subject: 'AB-1004',
      text: 'AB-1005',
      html: '<a href="mailto:ab-1006@x.example?subject=AB-1007" title="AB-1008">AB-1009</a><!--AB-1010-->',
    });
    expect(found).toEqual({ 'ab-1004': ['subject'], 'ab-1005': ['body'], 'ab-1009': ['body'] });
  });

  it('are not joined from what stands apart', async () => {
    const html = '<table><tr><td>RE</td><td>7001</td></tr></table><p>AB-</p>5003';
    expect(Object.keys(await references({ html }))).toEqual(['5003', '7001']);
  });
});

it('finds the same however a mail is sliced', async () => {
  const parts = fc.array(
    fc.constantFrom(
      ...[
        'a@b.example',
        '<p>',
        '<b>',
        '</b>',
        '<a href="mailto:c@d.example">',
        '<script>',
        '<!--',
        '-->',
      ],
      ...[
        'AB-5003',
        'RE',
        ' ',
        '\n',
        '7001',
        '/',
        '-',
        '@',
        '&amp;',
        '&#x35;',
        ',',
        'ü',
        '\u200b',
        '"',
        '<',
      ],
    ),
    { maxLength: 25 },
  );
  await fc.assert(
    fc.asyncProperty(parts, fc.integer({ min: 1, max: 400 }), async (chosen, sliceUnits) => {
      const body = chosen.join('');
      const whole = mail({ from: [body], subject: body, text: body, html: body });
      expect(await findInMail(whole, new Pace(sliceUnits))).toEqual(await findInMail(whole));
    }),
  );
});
