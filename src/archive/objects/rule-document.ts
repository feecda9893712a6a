/**
 * What Export answers and Import takes. The contract calls it XML and says no more, so the form is this archive's
 * own: one element around the struct's JSON in base64. Documents of other servers are refused.
 */
import { RpcRule, WireError, type Rule } from '../../greyhound/index.js';
import { withoutMembers } from '../store/stored-struct.js';
import { invalid } from './validation.js';

const ownMembers = ['ID', 'Compiled', 'Message', 'LockData', 'Created', 'Modified'];

export function writeRuleDocument(rule: Rule): string {
  const json = JSON.stringify(withoutMembers(RpcRule.encode(rule), ownMembers));
  const base64 = Buffer.from(json, 'utf8').toString('base64');
  return `<?xml version="1.0" encoding="UTF-8"?>\n<RpcRule encoding="json-base64">${base64}</RpcRule>\n`;
}

/** @throws RpcError invalidValue */
export function readRuleDocument(document: string): Rule {
  const base64 = /<RpcRule encoding="json-base64">([A-Za-z0-9+/=\s]*)<\/RpcRule>/.exec(
    document,
  )?.[1];
  try {
    if (base64 === undefined) throw new SyntaxError('no rule');
    const json: unknown = JSON.parse(Buffer.from(base64, 'base64').toString('utf8'));
    return RpcRule.decode(json, 'Rule');
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof WireError)
      throw invalid('XmlData', 'is no rule exported by this archive');
    throw error;
  }
}
