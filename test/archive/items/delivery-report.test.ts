import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readDeliveryReport } from '../../../src/archive/items/mime/delivery-report.js';

const STATUS = [
  'Reporting-MTA: dns; mx.example.test',
  '',
  'Original-Recipient: rfc822;Kunde@Example.test',
  'Final-Recipient: rfc822; kunde@inner.test',
  'Action: failed (bounced)',
  'Status: 5.1.1',
  'Diagnostic-Code: smtp; 550 no',
  '\tsuch user',
  '',
  'Final-Recipient: rfc822; zweiter@example.test',
  'Action: Delayed',
].join('\r\n');

function message(given: { type?: string; status?: string; encoding?: string; third?: string }) {
  const { type = 'multipart/report; report-type=delivery-status; boundary="=_b"' } = given;
  return Buffer.from(
    [
      `Content-Type: ${type}`,
      '',
      '--=_b',
      'Content-Type: text/plain',
      '',
      'Message-ID: <wrong@example.test>',
      '--=_b',
      'Content-Type: message/delivery-status',
      ...(given.encoding === undefined ? [] : [`Content-Transfer-Encoding: ${given.encoding}`]),
      '',
      given.status ?? STATUS,
      '--=_b',
      `Content-Type: ${given.third ?? 'message/rfc822'}`,
      '',
      'Message-ID:\r\n <own@example.test>',
      '',
      'Hello',
      '--=_b--',
      '',
    ].join('\r\n'),
  );
}

const expected = {
  messageId: 'own@example.test',
  recipients: [
    {
      addresses: ['kunde@example.test', 'kunde@inner.test'],
      action: 'failed',
      status: '5.1.1',
      diagnostic: '550 no such user',
    },
    { addresses: ['zweiter@example.test'], action: 'delayed', status: '', diagnostic: '' },
  ],
};

describe('readDeliveryReport', () => {
  it.each([
    ['a whole returned mail', {}],
    ['a returned header', { third: 'text/rfc822-headers' }],
    [
      'parameters in another order, folded, without quotes',
      { type: 'Multipart/Report;\r\n boundary==_b; Report-Type="delivery-status"' },
    ],
    ['a status in base64', { encoding: 'base64', status: Buffer.from(STATUS).toString('base64') }],
    [
      'a status in quoted-printable',
      { encoding: 'quoted-printable', status: STATUS.replace('such', 's=\r\nu=63h') },
    ],
  ])('reads %s', (_what, given) => {
    expect(readDeliveryReport(message(given))).toEqual(expected);
  });

  it.each([
    [
      'another kind of report',
      { type: 'multipart/report; report-type=disposition-notification; boundary="=_b"' },
    ],
    ['a mail with such parts', { type: 'multipart/mixed; boundary="=_b"' }],
    ['a report without recipients', { status: 'Reporting-MTA: dns; mx.example.test' }],
    ['a report that does not name its mail', { third: 'text/plain' }],
  ])('finds nothing in %s', (_what, given) => {
    expect(readDeliveryReport(message(given))).toBeNull();
  });

  it('never fails, whatever is cut off or changed', () => {
    const whole = message({});
    fc.assert(
      fc.property(fc.nat(whole.length), fc.uint8Array({ maxLength: 8 }), (at, bytes) => {
        const broken = Buffer.from(whole);
        broken.set(bytes.subarray(0, broken.length - at), at);
        readDeliveryReport(broken);
        readDeliveryReport(broken.subarray(0, at));
      }),
    );
  });
});
