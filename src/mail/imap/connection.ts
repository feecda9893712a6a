/**
 * imapflow over sockets of ours, halted where the server is ready for a sign-in. The library connects, encrypts and
 * signs in by one call; the halt lets us tell what the server offers, and end without signing in.
 */
import type { Socket } from 'node:net';
import tls from 'node:tls';
import { ImapFlow, type ImapFlowOptions } from 'imapflow';
import { certificateRefusal, tlsOptions } from '../connect.js';
import type { ConnectStep, MailEndpoint, TlsTrust } from '../endpoint.js';
import { MailFailure } from '../errors.js';

type SignIn = NonNullable<ImapFlowOptions['auth']>;
type Transport = NonNullable<ImapFlowOptions['transport']>;

/** imapflow's step that signs in. It is not among its types: a version without it fails every test of a sign-in. */
const signInOfLibrary = Reflect.get(ImapFlow.prototype, 'authenticate') as (
  this: ImapFlow,
) => Promise<boolean>;

export class ImapConnection extends ImapFlow {
  /** Resolves when the server is ready for a sign-in. */
  readonly ready: Promise<void>;
  #isReady: () => void = () => undefined;
  #signIn: (signIn: SignIn) => void = () => undefined;
  readonly #awaited: Promise<SignIn>;

  constructor(options: ImapFlowOptions) {
    super(options);
    this.ready = new Promise((resolve) => (this.#isReady = resolve));
    this.#awaited = new Promise((resolve) => (this.#signIn = resolve));
  }

  /** Lets the library go on. */
  signIn(signIn: SignIn): void {
    this.#signIn(signIn);
  }

  /** Called by the library after CAPABILITY and STARTTLS. */
  async authenticate(): Promise<boolean> {
    // a server that greets with PREAUTH would take any password for a good one (RFC 3501 §7.1.4)
    if (this.state !== this.states.NOT_AUTHENTICATED)
      throw new MailFailure('protocolViolation', { params: { detail: 'signedInUnasked' } });
    this.#isReady();
    this.options.auth = await this.#awaited;
    return signInOfLibrary.call(this);
  }
}

/** Lets imapflow use a connected socket, and encrypt it under our rules when the endpoint says STARTTLS. */
export function transportOver(
  socket: Socket,
  { endpoint, trust }: { readonly endpoint: MailEndpoint; readonly trust: TlsTrust },
  onProgress: (step: ConnectStep) => void,
): Transport {
  return {
    connect: (_options, onConnect) => {
      setImmediate(onConnect);
      return socket;
    },
    upgrade: (_socket, _options, onSecure) => {
      const secured = tls.connect({ ...tlsOptions(endpoint, trust), socket });
      const late = new MailFailure('responseTimeout', { params: { awaited: 'tls' } });
      const timer = setTimeout(() => secured.destroy(late), endpoint.timeoutMs);
      secured.once('close', () => clearTimeout(timer));
      secured.once('secureConnect', () => {
        clearTimeout(timer);
        const refusal = certificateRefusal(secured, endpoint);
        if (refusal !== null) {
          secured.destroy(refusal);
          return;
        }
        onProgress('tls');
        onSecure();
      });
      return secured;
    },
  };
}
