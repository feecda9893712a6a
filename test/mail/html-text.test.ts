import { describe, expect, it } from '@jest/globals';
import { textOfHtml } from '../../src/mail/html-text.js';

describe('the text of an HTML body', () => {
  it('becomes plain text', () => {
    expect(
      textOfHtml('<p>Guten&nbsp;Tag,</p><p>1 &lt; 2<br>Gr&uuml;&szlig;e</p><style>x</style>'),
    ).toBe('Guten Tag,\n1 < 2\nGrüße');
  });

  it('takes no line break from the source and all from blocks', () => {
    expect(
      textOfHtml(
        '<div>Guten\n  Tag</div>\n<div>Gr&amp;&uuml;n</div><blockquote>alt</blockquote>neu',
      ),
    ).toBe('Guten Tag\nGr&ün\nalt\nneu');
  });

  it('is done quickly with markup that never ends', () => {
    // quadratic work on this would take minutes and run into the test's time-out
    expect(textOfHtml('<br'.repeat(200_000))).not.toContain('\n');
  });
});
