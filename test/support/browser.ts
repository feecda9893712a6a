/** A person at a provider's sign-in without pages to look at: cookies, redirects, and the forms filled in. */
import { visit, type Visit } from '../../fixtures/authorization-server/visitor.js';

export type Person = Omit<Visit, 'url'>;

/** Keeps its cookies. */
export class Browser {
  readonly #cookies = new Map<string, string>();

  /** One request; redirects are not followed. */
  async open(url: string): Promise<Response> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, { redirect: 'manual', headers: { cookie } });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      this.#cookies.set(name, value);
    }
    return response;
  }

  /** Opens where the answer sends it on to. */
  follow(response: Response): Promise<Response> {
    return this.open(response.headers.get('location') ?? '');
  }

  /**
   * From the address that begins the sign-in to the end of what the person does at the provider.
   * @returns the callback that the provider sends the browser back to; it is not opened yet
   */
  async atProvider(url: string, person: Person): Promise<string> {
    const location = (await this.open(url)).headers.get('location') ?? '';
    return (await visit({ ...person, url: location })).href;
  }

  /** Signs in to the end. @returns what the callback answers */
  async signIn(url: string, person: Person): Promise<Response> {
    return this.open(await this.atProvider(url, person));
  }
}
