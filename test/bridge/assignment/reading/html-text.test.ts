import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { HtmlText } from '../../../../src/bridge/assignment/reading/html-text.js';
import { done } from './mails.js';

/** Text, with breaks as bars; several are as good as one. */
const shown = (stretches: readonly string[]) =>
  stretches
    .join('')
    .split(/\p{Cc}+/u)
    .join('|');
const textOf = (html: string) => shown(done(new HtmlText(html)).text);
const targetsOf = (html: string) => shown(done(new HtmlText(html)).targets);

describe('text of HTML', () => {
  it.each([
    ['AB-<b>50</b>03', 'AB-5003'],
    ['AB-<span style="x">5003</span><wbr>4', 'AB-50034'],
    ['AB-<!-- -->5003', 'AB-5003'],
    ['AB-<o:p>5003</o:p>', 'AB-5003'],
    ['AB<br>5003<br/>x', 'AB|5003|x'],
    ['<p>AB</p>5003<div>x</div>', '|AB|5003|x|'],
    ['<table><tr><td>RE</td><td>7001</td></tr></table>', '|RE|7001|'],
    ['AB-5003<sup>1</sup>', 'AB-5003|1|'],
    ['AB&#45;50&shy;03 &amp; K&ndash;1&nbsp;2', 'AB-50\u00ad03 & K–1\u00a02'],
    ['AB-&#x35;003 &unknown; &amp &', 'AB-5003 &unknown; & &'],
    ['1 < 2 <3', '1 < 2 <3'],
    ['a<script>AB-1<b>2</script>b', 'a|b'],
    ['a<style>AB-1</style>b<title>AB-2</title>c', 'a|b|c'],
    ['a<SCRIPT type=x>AB-1</ScRiPt >b', 'a|b'],
    ['a<script>AB-1', 'a|'],
    ['a<!-- AB-1 <p> -->b<!-->c<![CDATA[AB-2]]>d', 'abcd'],
    ['<img alt="AB-1" title=AB-2>b', '|b'],
    ['a<b title="x>y">b', 'ab'],
    ['<textarea>AB-1</textarea>', '|AB-1|'],
    ['Von: Max <max@huber.example>,', 'Von: Max |max@huber.example|,'],
    ['a<b', 'a'],
  ])('%s', (html, expected) => {
    expect(textOf(html)).toBe(expected);
  });

  it.each([
    ['<a href="mailto:info@huber.example">x</a>', 'info@huber.example|'],
    [
      "<A HREF='MAILTO:a&#64;x.example?cc=b%40x.example&amp;bcc=c@x.example'>x</A>",
      'a@x.example b@x.example c@x.example|',
    ],
    ['<a href=mailto:a@x.example>x', 'a@x.example|'],
    ['<a href="https://x.example/a@x.example" title="mailto:b@x.example">x</a>', ''],
    ['<a title=x data-href="mailto:a@x.example">', ''],
    [`<a href="mailto:${'a'.repeat(20_000)}@x.example">`, `${'a'.repeat(10_000 - 7)}|`],
    ['<a href="mailto:a@x.example', ''],
  ])('targets of %#', (html, expected) => {
    expect(targetsOf(html)).toBe(expected);
  });

  it('is the same however the HTML is sliced', () => {
    const parts = fc.constantFrom(
      ...[
        '<p>',
        '</p>',
        '<b>',
        '<br/>',
        '<script>',
        '</script>',
        '<title>',
        '</title>',
        '<!--',
        '-->',
      ],
      ...[
        '&amp;',
        '&am',
        '&#45;',
        '&#x2d',
        '&',
        '<',
        '>',
        '<a href="mailto:a@b.example">',
        '<a href=mailto:',
      ],
      ...[
        '"',
        "'",
        '=',
        '/',
        ' ',
        'AB-5003',
        '<max@x.example>',
        '👍',
        '<![CDATA[',
        ']]>',
        'href',
        '<a ',
      ],
    );
    fc.assert(
      fc.property(
        fc.array(parts, { maxLength: 25 }),
        fc.integer({ min: 1, max: 9 }),
        (chosen, size) => {
          const html = chosen.join('');
          const whole = done(new HtmlText(html));
          const sliced = done(new HtmlText(html, size));
          expect([sliced.text, sliced.targets]).toEqual([whole.text, whole.targets]);
        },
      ),
    );
  });
});
