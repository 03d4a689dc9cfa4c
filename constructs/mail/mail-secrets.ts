import { Construct } from "constructs";
import { mailDomains } from "../../config/schema/mail-domains.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import type { TieredNamespace } from "../kubernetes/namespace.ts";
import { type EphemeralValue, EphemeralVaultSecret } from "../secrets/ephemeral-vault-secret.ts";
import { WriteOnlySecret } from "../secrets/write-only-secret.ts";
import { siteOf } from "../site.ts";

export interface MailSecretsProps {
	readonly namespace: TieredNamespace;
	/** Name of the Secret. */
	readonly name: string;
}

/** An ephemeral expression without its `${` and `}`. */
const bare = (value: EphemeralValue) => value.slice(2, -1);

/**
 * Secrets of the mail server that must be in no file of the repository and in no state: passwords of accounts,
 * credentials of the relay, the signing keys, and private aliases. Keys of the Secret: `accounts` (address, tab,
 * password), `relay`, `dkim-<domain>`, `foreign-aliases`.
 *
 * The plan fails when an account has no password in Vault, or an entry lacks one of its keys.
 */
export class MailSecrets extends Construct {
	readonly secretName: string;

	constructor(scope: Construct, id: string, { namespace, name }: MailSecretsProps) {
		super(scope, id);
		const site = siteOf(this);
		const { accounts: addresses, secrets } = site.mail;
		const { accounts, relay, foreignAliases } = secrets;
		const domains = mailDomains(site);
		const used = [
			accounts,
			relay,
			...domains.map(({ key }) => key),
			...(foreignAliases ? [foreignAliases] : []),
		];
		const entries = new Map(
			[...new Set(used.map(({ path }) => path))].map((path) => [
				path,
				new EphemeralVaultSecret(this, `entry-${path}`, { path }),
			]),
		);
		const value = ({ path, key }: { readonly path: string; readonly key: string }) => {
			const entry = entries.get(path);
			if (entry === undefined) throw new VisibleError(`no entry ${path}`);
			return entry.value(key);
		};
		const passwords = bare(value(accounts));
		const lines = addresses
			.map((address) => `${address}\t\${jsondecode(${passwords})["${address}"]}\n`)
			.join("");
		this.secretName = new WriteOnlySecret(this, "secret", {
			namespace,
			name,
			data: {
				accounts: lines as EphemeralValue,
				relay: value(relay),
				...Object.fromEntries(domains.map(({ name, key }) => [`dkim-${name}`, value(key)])),
				...(foreignAliases ? { "foreign-aliases": value(foreignAliases) } : {}),
			},
			// The sum changes with each of the versions, so that a change of one is sent.
			revision: used.reduce((sum, { version }) => sum + version, 0),
		}).secretName;
	}
}
