/** A staged save: everything that a register's *Save* changes, applied as one operation. */
import { z } from 'zod';
import { emailAddress } from '../accounts/fields.js';
import {
  incomingAccountCreate,
  incomingAccountUpdate,
  smtpAccountCreate,
  smtpAccountUpdate,
  type IncomingAccountCreate,
  type IncomingAccountUpdate,
  type SmtpAccountCreate,
  type SmtpAccountUpdate,
} from '../accounts/schemas.js';

const id = z.int().min(1);
const MAX_CHANGES = 100;
const changes = <T extends z.ZodType>(schema: T) => z.array(schema).max(MAX_CHANGES).default([]);

/** Only the address of a group can be changed. */
export const groupUpdate = z.strictObject({ email: emailAddress });
export type GroupUpdate = z.infer<typeof groupUpdate>;

const incomingChanges = z.strictObject({
  create: changes(incomingAccountCreate),
  update: changes(z.strictObject({ id, ...incomingAccountUpdate.shape })),
  delete: changes(id),
});

const smtpChanges = z.strictObject({
  create: changes(smtpAccountCreate),
  update: changes(z.strictObject({ id, ...smtpAccountUpdate.shape })),
  delete: changes(id),
});

const groupChanges = z.strictObject({
  update: changes(z.strictObject({ id, ...groupUpdate.shape })),
});

/** The `version` of each list that the draft started from. */
export const baseVersion = z.strictObject({
  incomingAccounts: z.string().max(10_000).optional(),
  smtpAccounts: z.string().max(10_000).optional(),
  groups: z.string().max(100_000).optional(),
});

const none = { create: [], update: [], delete: [] };

export const changesetRequest = z.strictObject({
  /** Needed for every list of which something is changed or deleted. */
  baseVersion: baseVersion.default({}),
  incomingAccounts: incomingChanges.default(none),
  smtpAccounts: smtpChanges.default(none),
  groups: groupChanges.default({ update: [] }),
});
export type ChangesetRequest = z.infer<typeof changesetRequest>;

interface ListChanges<Create, Update> {
  readonly create: readonly Create[];
  readonly update: readonly (Update & { readonly id: number })[];
  readonly delete: readonly number[];
}

/** What a request asks for, and what its links stand for. */
export interface Changes {
  readonly incomingAccounts: ListChanges<IncomingAccountCreate, IncomingAccountUpdate>;
  readonly smtpAccounts: ListChanges<SmtpAccountCreate, SmtpAccountUpdate>;
  readonly groups: { readonly update: readonly (GroupUpdate & { readonly id: number })[] };
}
export type ListName = keyof ChangesetRequest['baseVersion'];

export const noChanges: Changes = {
  incomingAccounts: none,
  smtpAccounts: none,
  groups: { update: [] },
};
