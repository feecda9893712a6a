import type { FieldName, Text } from './texts.js';

type NoticeKind = 'wichtig' | 'tipp' | 'hinweis';
/** When a host shows it: with the register, before `feld` is changed, before a removal, after an account was added. */
type NoticeOccasion = 'immer' | 'vorDemAendern' | 'vorDemEntfernen' | 'nachDemAnlegen';

export interface Notice {
  readonly id: string;
  readonly art: NoticeKind;
  readonly anlass: NoticeOccasion;
  readonly feld?: FieldName;
  readonly text: Text;
  /** The page that the text speaks of. */
  readonly seite?: string;
}
