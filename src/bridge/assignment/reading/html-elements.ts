/** What the elements of HTML do to the text around them. Those that are not named, known or not, are inline. */

const words = (text: string): ReadonlySet<string> => new Set(text.split(' '));

/** Before and behind them there is a break. `sub` and `sup`: a foot-note is no part of the number before it. */
export const breaking = words(
  'address article aside blockquote body br button caption center col colgroup dd details dialog dir div dl dt ' +
    'fieldset figcaption figure footer form frame frameset h1 h2 h3 h4 h5 h6 head header hr html iframe img input ' +
    'legend li link main map menu meta nav noembed noframes noscript object ol optgroup option p plaintext pre ' +
    'script search section select style sub summary sup svg table tbody td template textarea tfoot th thead title ' +
    'tr ul video xmp',
);

/** Those of them whose content is not shown. They hold no other elements, so that one is open at most. */
export const hidden = words('script style title iframe noembed noframes');

export const LONGEST_NAME = 10;
