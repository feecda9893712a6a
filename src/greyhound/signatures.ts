/** rpc_signatureslib: signatures and the groups that use them. */
import { bool, enumeration, int, list, setOf, struct, text, type ValueOf } from './codec.js';
import { bookkeeping, RpcLockData } from './common.js';
import { method, procedure, service } from './service.js';

export const SignatureKind = {
  skEmail: 0,
  skFax: 1,
  skLetter: 2,
  skReserved: 3,
  skCall: 4,
  skAppointment: 5,
  skTask: 6,
  skNote: 7,
  skContact: 8,
  skFile: 9,
} as const;

/** Which of text and HTML is derived from the other. */
export const Synchronisation = { sNo: 0, sHtml: 1, sText: 2 } as const;

/** DefaultKinds 0: usable, but no default. */
export const RpcSignatureGroup = struct('RpcSignatureGroup', {
  GroupRef: int,
  DefaultKinds: setOf('RpcSignatureKinds', SignatureKind),
});

export const RpcSignature = struct('RpcSignature', {
  ID: int,
  Name: text,
  TextData: text,
  HtmlData: text,
  Synchronisation: enumeration('RpcSynchronisation', Synchronisation),
  Groups: list(RpcSignatureGroup),
  WorkSpace: int,
  ...bookkeeping,
});
export type Signature = ValueOf<typeof RpcSignature>;

export const RpcSignatures = service('RpcSignatures', {
  Delete: procedure({ ID: int }),
  Get: method({ ID: int }, RpcSignature),
  GetList: method({ AdvancedFields: bool }, list(RpcSignature)),
  GetLockData: method({ ID: int }, RpcLockData),
  Lock: procedure({ ID: int }),
  New: method({ Signature: RpcSignature }, int),
  Put: procedure({ Signature: RpcSignature }),
  Unlock: procedure({ ID: int }),
});
