import { describe, expect, it } from '@jest/globals';
import { safeHtml } from '../../../src/bridge/messages/safe-html.js';

const blocked = (html: string) => safeHtml(html, { remoteImages: false });

describe('HTML of a mail', () => {
  it.each([
    ['<script>alert(1)</script>'],
    ['<img src=x onerror=alert(1)>'],
    ['<a href="javascript:alert(1)">x</a>'],
    ['<a href=" jav&#x09;ascript:alert(1)">x</a>'],
    ['<svg><script>alert(1)</script></svg>'],
    ['<iframe src="https://evil.example"></iframe>'],
    ['<object data="https://evil.example"></object>'],
    ['<form action="https://evil.example"><input name=p></form>'],
    ['<meta http-equiv="refresh" content="0;url=https://evil.example">'],
    ['<base href="https://evil.example">'],
    ['<link rel="stylesheet" href="https://evil.example/x.css">'],
    ['<style>body{background:url(https://evil.example)}</style>'],
    ['<div style="background:url(https://evil.example/x)">x</div>'],
    ['<div style="background-image:url(https://evil.example/x)">x</div>'],
    ['<div style="width:expression(alert(1))">x</div>'],
    ['<td background="https://evil.example/x">x</td>'],
    ['<img srcset="https://evil.example/x 2x">'],
    ['<img src="//evil.example/x">'],
    ['<video poster="https://evil.example/x"></video>'],
  ])('is made harmless: %s', (html) => {
    expect(blocked(html).html).not.toMatch(/script|onerror|alert|evil\.example|expression/i);
  });

  it('does not load images from other servers until asked to, and says so', () => {
    const html =
      '<p>Hallo<img src="https://tracker.example/1.gif" alt="Bild"><img src="cid:logo"></p>';
    const safe = blocked(html);
    expect(safe.remoteImagesBlocked).toBe(true);
    expect(safe.html).not.toContain('tracker');
    expect(safe.html).toContain('cid:logo');
    const asked = safeHtml(html, { remoteImages: true });
    expect(asked).toMatchObject({ remoteImagesBlocked: false });
    expect(asked.html).toContain('https://tracker.example/1.gif');
  });

  it('keeps what a mail is made of, and opens links elsewhere', () => {
    const html =
      '<table border="1"><tr><td colspan="2" style="color:#ff0000;text-align:center">1</td></tr></table><a href="https://x.example">x</a>';
    const safe = blocked(html).html;
    expect(safe).toContain('colspan="2"');
    expect(safe).toContain('color:#ff0000');
    expect(safe).toMatch(
      /<a href="https:\/\/x\.example" target="_blank" rel="noopener noreferrer nofollow">/,
    );
  });
});
