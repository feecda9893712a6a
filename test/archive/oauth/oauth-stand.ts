/** An archive, mail servers that take tokens, and the authorization server that gives them. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AuthorizationServerOptions } from '../../../fixtures/authorization-server/options.js';
import type { Credentials } from '../../../fixtures/authorization-server/person.js';
import {
  startAuthorizationServer,
  type AuthorizationServer,
} from '../../../fixtures/authorization-server/server.js';
import { startMailSandbox, type MailSandbox } from '../../../fixtures/servers/mail-sandbox.js';
import {
  OAuth2ProviderKind,
  OAuth2State,
  Pop3Authenticate,
  Pop3Encrypt,
  Pop3Protocol,
  RpcOAuth2Provider,
  RpcOAuth2Request,
  SmtpAuthenticate,
  SmtpEncrypt,
  type Pop3Account,
  type OAuth2Provider,
  type OAuth2Request,
  type OAuth2Session,
} from '../../../src/greyhound/index.js';
import type { Arming } from '../../../src/platform/arming.js';
import { Browser } from '../../support/browser.js';
import { RunningArchive } from '../retrieval/running-archive.js';

export const sales = { address: 'verkauf@example.test', password: 'Geheim!42' };
export const clerk = { address: 'meier@example.test', password: 'Meier!1' };
export const shared = { address: 'info@example.test', password: 'nobody knows' };
export const admin = { address: 'admin@example.test', password: 'Admin!1', isAdministrator: true };

interface StandOptions extends Partial<AuthorizationServerOptions> {
  readonly arming?: Arming;
}

export class OAuthStand {
  private constructor(
    readonly provider: AuthorizationServer,
    readonly sandbox: MailSandbox,
    readonly archive: RunningArchive,
    private readonly front: Server,
    private readonly style: NonNullable<AuthorizationServerOptions['style']>,
  ) {}

  static async open({ arming, ...options }: StandOptions = {}): Promise<OAuthStand> {
    const people = [sales, { ...clerk, mayUse: [shared.address] }, shared, admin];
    const provider = await startAuthorizationServer({ accounts: people, ...options });
    const sandbox = await startMailSandbox({ users: people, oauth: provider.introspection });
    const front = createServer();
    front.listen(0, '127.0.0.1');
    await once(front, 'listening');
    const url = `http://127.0.0.1:${(front.address() as AddressInfo).port}`;
    const archive = await RunningArchive.open({
      caCertificate: `${provider.caCertificate}\n${sandbox.caCertificate}`,
      publicUrl: () => url,
      ...(arming && { arming }),
    });
    provider.registerRedirectUri(`${url}/oauth/callback`);
    const stand = new OAuthStand(provider, sandbox, archive, front, options.style ?? 'openid');
    front.on('request', (request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? '', url);
      const step = pathname === '/oauth/start' ? 'start' : 'callback';
      const cookie = request.headers.cookie ?? '';
      void stand.archive.browser
        .handle({ step, query: searchParams, cookie, acceptLanguage: 'de' })
        .then((reply) => response.writeHead(reply.status, reply.headers).end(reply.body));
    });
    await stand.putProvider({});
    return stand;
  }

  async close(): Promise<void> {
    await this.archive.close();
    this.front.closeAllConnections();
    this.front.close();
    await this.sandbox.stop();
    await this.provider.stop();
  }

  get mailBridge() {
    return this.archive.client.mailBridge;
  }

  putProvider(given: Partial<OAuth2Provider>): Promise<undefined> {
    const kinds = {
      openid: OAuth2ProviderKind.opOpenId,
      google: OAuth2ProviderKind.opGoogle,
      microsoft: OAuth2ProviderKind.opMicrosoft,
    };
    return this.mailBridge.PutOAuth2Provider({
      Provider: RpcOAuth2Provider.make({
        ID: 'firma',
        Kind: kinds[this.style],
        Issuer: this.provider.issuer,
        ClientId: this.provider.clientId,
        ClientSecret: this.provider.clientSecret,
        Hosts: 'localhost',
        Scopes: this.style === 'openid' ? 'openid email profile offline_access mail' : '',
        ...given,
      }),
    });
  }

  start(given: Partial<OAuth2Request> = {}): Promise<OAuth2Session> {
    const Request = RpcOAuth2Request.make({
      Host: 'localhost',
      Address: sales.address,
      Locale: 'de',
      ...given,
    });
    return this.mailBridge.StartOAuth2({ Request });
  }

  progress({ Identifier, Kind }: Pick<OAuth2Session, 'Identifier' | 'Kind'>) {
    return this.mailBridge.GetOAuth2Progress({ Identifier, Kind });
  }

  /** A person in a browser, up to the address that the provider sends it back to. */
  atProvider(url: string, person: Credentials, browser: Browser): Promise<string> {
    return browser.atProvider(url, { ...person, caCertificate: this.provider.caCertificate });
  }

  /** Signs in to the end. @returns what the browser gets */
  signIn(
    session: OAuth2Session,
    person: Credentials = sales,
    decision: 'allow' | 'deny' = 'allow',
  ): Promise<Response> {
    const { caCertificate } = this.provider;
    return new Browser().signIn(session.Url, { ...person, caCertificate, decision });
  }

  /** @returns the reference for an account's Password */
  async reference(
    person: Credentials = sales,
    given: Partial<OAuth2Request> = {},
  ): Promise<string> {
    const session = await this.start({ Address: person.address, ...given });
    if (session.Url !== '') await this.signIn(session, person);
    const { State, Password, Code } = await this.progress(session);
    if (State !== OAuth2State.oasFinished) throw new Error(`the sign-in failed: ${Code}`);
    return Password;
  }

  /** A POP3 account that signs in by OAuth, active. @returns its id */
  addPop3(
    username: string,
    Password: string,
    Name = username,
    given: Partial<Pop3Account> = {},
  ): Promise<number> {
    return this.archive.addPop3({
      Name,
      Host: 'localhost',
      Port: this.sandbox.pop3sPort,
      Encrypt: Pop3Encrypt.peSSL,
      Username: username,
      Authenticate: Pop3Authenticate.paOAuth2,
      Password,
      ...given,
    });
  }

  /** As addPop3, by IMAP. */
  addImap(username: string, Password: string, Name = username): Promise<number> {
    return this.addPop3(username, Password, Name, {
      Protocol: Pop3Protocol.ppImap4,
      Port: this.sandbox.imapsPort,
    });
  }

  addSmtp(username: string, Password: string, Name: string): Promise<number> {
    return this.archive.addSmtp({
      Name,
      Host: 'localhost',
      Port: this.sandbox.submissionPort,
      Encrypt: SmtpEncrypt.seSTARTTLS,
      Username: username,
      Authenticate: SmtpAuthenticate.saOAuth2,
      Password,
      Filter: username,
    });
  }

  async unlink(ID: number, Kind = 0): Promise<void> {
    const service =
      Kind === 0 ? this.archive.client.pop3Accounts : this.archive.client.smtpAccounts;
    await service.Lock({ ID });
    await this.mailBridge.UnlinkOAuth2({ Kind, ID });
    await service.Unlock({ ID });
  }

  deliver(address: string, subject: string): Promise<string> {
    const mail = `From: kunde@example.test\r\nTo: ${address}\r\nSubject: ${subject}\r\nMessage-ID: <${subject}@example.test>\r\n\r\nHallo\r\n`;
    return this.sandbox.deliver(address, Buffer.from(mail));
  }
}
