import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { CallReader, responseDocument } from '../../../src/archive/rpc/xml-rpc.js';
import {
  basicAuthorization,
  binary,
  dateTime,
  double,
  int,
  int64,
  list,
  newClientId,
  struct,
  text as textType,
} from '../../../src/greyhound/index.js';
import { openArchiveUnderTest, type ArchiveUnderTest } from '../archive-under-test.js';

let archive: ArchiveUnderTest;
beforeAll(async () => {
  archive = await openArchiveUnderTest();
});
afterAll(() => archive.close());

const authorization = () =>
  basicAuthorization(newClientId(), archive.username, archive.password, 'utf-8');

function post(body: string | Buffer, contentType = 'text/xml', headers = {}) {
  return fetch(`${archive.url}/xmlrpc`, {
    method: 'POST',
    body,
    headers: { 'Content-Type': contentType, Authorization: authorization(), ...headers },
  });
}
const wire = async (body: string | Buffer, contentType?: string) => {
  const response = await post(body, contentType);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toMatch(/^text\/xml/);
  return response.text();
};
const called = (method: string, ...values: readonly string[]) =>
  `<?xml version="1.0"?>\n<methodCall>\n <methodName>${method}</methodName>\n <params>` +
  `${values.map((value) => `<param><value>${value}</value></param>`).join('\n')}</params>\n</methodCall>`;

/** @param sizes of the pieces in which it comes */
function read(document: string, sizes: readonly number[] = []) {
  const reader = new CallReader();
  let at = 0;
  for (const size of sizes) {
    reader.write(document.slice(at, at + size));
    at += size;
  }
  reader.write(document.slice(at));
  reader.end();
  return reader.call;
}
const paramsOf = (...values: readonly string[]) => read(called('A.B', ...values)).params;

describe('a call in XML-RPC', () => {
  it('has its values in the form in which JSON has them', () => {
    expect(
      paramsOf(
        '<i4>-7</i4>',
        '<int>8</int>',
        '<i8>9007199254740993</i8>',
        '<double>0.5</double>',
        '<boolean>1</boolean>',
        ' bare &amp; &#228; ',
        '<string></string>',
        '<dateTime.iso8601>20261126T10:00:00+01:00</dateTime.iso8601>',
        '<base64>AP8=</base64>',
        '<nil/>',
      ),
    ).toEqual([
      -7,
      8,
      '9007199254740993',
      0.5,
      true,
      ' bare & ä ',
      '',
      '20261126T10:00:00+01:00',
      'AP8=',
      null,
    ]);
  });

  it('nests arrays and structs, empty ones in every spelling', () => {
    expect(
      paramsOf(
        '<array/>',
        '<array><data/></array>',
        '<struct/>',
        '<array><data>\n<value><i4>1</i4></value>\n<value>zwei</value></data></array>',
        '<struct>\n<member>\n<name>A</name>\n<value><struct><member><name>B</name><value/></member></struct></value>\n</member>\n<member><name>__proto__</name><value>x</value></member></struct>',
      ),
    ).toEqual([[], [], {}, [1, 'zwei'], JSON.parse('{"A":{"B":""},"__proto__":"x"}')]);
  });

  it('may come in pieces of any size', () => {
    const document = called('RpcÄ.B', 'Grüße &lt;x&gt; 🎉 <![CDATA[<b>]]>', '<i4>12</i4>');
    const whole = read(document);
    expect(whole.params).toEqual(['Grüße <x> 🎉 <b>', 12]);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 30 }), (sizes) => {
        expect(read(document, sizes)).toEqual(whole);
      }),
    );
  });

  it('is refused where it is none, with the reason', () => {
    const nested = '<array><data><value>'.repeat(100) + '</value></data></array>'.repeat(100);
    for (const [document, reason] of [
      ['', /document must contain a root element/i],
      ['<methodCall><methodName>A</methodCall>', /tag/],
      ['<methodCall></methodCall>', /names no method/],
      ['<other/>', /<other> cannot stand/],
      ['<!DOCTYPE a [<!ENTITY b "c">]><methodCall/>', /document type/],
      [called('A', '&unknown;'), /entity/],
      [called('A', '<i4>x</i4>'), /integer/],
      [called('A', '<i4></i4>'), /integer/],
      [called('A', '<boolean>yes</boolean>'), /boolean/],
      [called('A', '<double>NaN</double>'), /double/],
      [called('A', '<constructor/>'), /<constructor> cannot stand/],
      [called('A', nested), /nested too deep/],
    ] as const)
      expect(() => read(document)).toThrow(reason);
  });
});

describe('an answer in XML-RPC', () => {
  const Struct = struct('S', { Number: int, Big: int64, Half: double, When: dateTime });

  it('says of every value what it is, and leaves out defaults', () => {
    const value = { ...Struct.make({ Number: 2 ** 31, Big: 5n, Half: 2 }), Unknown: [1, 'a', {}] };
    const document = responseDocument(list(Struct), list(Struct).encode([value]));
    expect(document).toContain(
      '<array><data><value><struct>' +
        '<member><name>Number</name><value><i8>2147483648</i8></value></member>' +
        '<member><name>Big</name><value><i8>5</i8></value></member>' +
        '<member><name>Half</name><value><double>2</double></value></member>' +
        '<member><name>Unknown</name><value><array><data><value><i4>1</i4></value>' +
        '<value>a</value><value><struct></struct></value></data></array></value></member>' +
        '</struct></value></data></array>',
    );
    const when = dateTime.encode(new Date(Date.UTC(2026, 10, 26)));
    expect(responseDocument(dateTime, when)).toContain(
      '<dateTime.iso8601>20261126T00:00:00+00:00</dateTime.iso8601>',
    );
    expect(responseDocument(binary, 'AP8=')).toContain('<base64>AP8=</base64>');
    expect(responseDocument(int, 0)).toContain('<value><i4>0</i4></value>');
    expect(responseDocument(null, null)).toContain('<param><value></value></param>');
  });

  it('carries every text that XML can hold, and is well-formed with any other', () => {
    const echo = (value: string) => {
      const [, content = ''] =
        /<value>(.*)<\/value>/su.exec(responseDocument(textType, value)) ?? [];
      return (paramsOf(content) as unknown[])[0];
    };
    expect(echo('a\r\nb\tc ]]> <&>')).toBe('a\r\nb\tc ]]> <&>');
    expect(echo('\u0000\u000b\u0085\ud800\uffff')).toBe('?????');
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        const shown = value.replace(/[^\P{Cc}\r\n\t]|[\ufffe\uffff]/gu, '?');
        expect(echo(value)).toBe(shown);
      }),
    );
  });
});

describe('POST /xmlrpc', () => {
  it('reaches the same methods as /json', async () => {
    const made = await wire(
      called(
        'RpcGroups.New',
        '<struct><member><name>Name</name><value>Käufer</value></member></struct>',
      ),
    );
    const id = Number(/<i4>(\d+)<\/i4>/.exec(made)?.[1]);
    expect(await archive.client().groups.Get({ ID: id })).toMatchObject({ Name: 'Käufer' });
    expect(await wire(called('RpcGroups.Get', `<i4>${id}</i4>`))).toContain(
      '<name>Name</name><value>Käufer</value>',
    );
  });

  it('answers faults with HTTP 200, also for a body that is no call', async () => {
    expect(await wire(called('RpcGroups.Fly'))).toMatch(/<fault>.*<i4>9001<\/i4>.*RpcGroups\.Fly/s);
    expect(await wire('<x')).toMatch(/<fault>.*<i4>9010<\/i4>/s);
    expect(await wire(called('RpcGroups.Get', 'abc'))).toMatch(/<fault>.*<i4>9002<\/i4>.*ID/s);
    expect(await wire(Buffer.from('<methodCall>\xff', 'latin1'))).toMatch(/9010.*UTF-8/s);
  });

  it('reads windows-1252 where the header says so', async () => {
    const body = Buffer.from(called('RpcGroups.\x80'), 'latin1');
    expect(await wire(body, 'text/xml; charset=Windows-1252')).toContain('RpcGroups.€');
  });

  it('refuses what it does not read, by status', async () => {
    expect((await post('{}', 'application/json')).status).toBe(415);
    expect((await post('x', 'text/xml; charset=utf-16')).status).toBe(415);
    expect((await post('x', 'text/xml', { 'Content-Encoding': 'gzip' })).status).toBe(415);
    expect((await post('x', 'text/xml', { Authorization: 'Basic eDp5' })).status).toBe(401);
    const tooLarge = `<methodCall>${' '.repeat(17 * 1024 * 1024)}`;
    expect((await post(tooLarge)).status).toBe(413);
    const get = await fetch(`${archive.url}/xmlrpc`, {
      headers: { Authorization: authorization() },
    });
    expect(get.status).toBe(405);
  });

  it('keeps the connection of an HTTP/1.0 client that asks for it', async () => {
    const { hostname, port } = new URL(archive.url);
    const body = called('RpcUsers.Logout');
    const request = (connection: string) =>
      `POST /xmlrpc HTTP/1.0\r\nConnection: ${connection}\r\nContent-Type: text/xml\r\n` +
      `Authorization: ${authorization()}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    const socket = connect(Number(port), hostname);
    socket.write(request('keep-alive'));
    socket.write(request('close'));
    const answers = await text(socket);
    expect(answers.match(/HTTP\/1\.[01] 200/g)).toHaveLength(2);
    expect(answers).toMatch(/^connection: keep-alive/im);
  });
});
