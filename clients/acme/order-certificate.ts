import { VisibleError } from "../../config/schema/visible-error.ts";
import { interruption } from "../../terminal/interruption.ts";

/** A record that proves a name to an authority (RFC 8555, section 8.4). */
export interface Challenge {
	/** Such as `_acme-challenge.example.org`. */
	readonly name: string;
	readonly text: string;
}

export interface CertificateOrder {
	/** URL of the authority's directory. */
	readonly directory: string;
	/** PEM key of the account, which is made when the authority does not know it. */
	readonly accountKey: string;
	/** Mail address that the authority writes to. */
	readonly contact: string;
	readonly names: readonly string[];
	/** Answers when the whole world can read the record. A name and its wildcard have records beside each other. */
	readonly prove: (challenge: Challenge) => Promise<void>;
}

export interface OrderedCertificate {
	/** PEM, the leaf first. */
	readonly fullchain: string;
	/** PEM of a new P-256 key. */
	readonly privkey: string;
}

/** Milliseconds for one request; how often one that failed is sent again, and seconds between, more each time. */
const patience = { timeout: 30_000, attempts: 1, delay: 5 } as const;

/** @returns PEM of a P-256 key */
export async function createAccountKey(): Promise<string> {
	const { crypto } = await import("acme-client");
	return (await crypto.createPrivateEcdsaKey()).toString();
}

/**
 * Orders a certificate (RFC 8555) for a new key and proves its names by DNS-01. The authority's terms are agreed to.
 *
 * @throws VisibleError when the authority refuses or does not answer; what `prove` throws
 */
export async function orderCertificate(order: CertificateOrder): Promise<OrderedCertificate> {
	const { Client, axios, crypto } = await import("acme-client");
	axios.defaults.timeout = patience.timeout;
	Object.assign(axios.defaults, {
		acmeSettings: { retryMaxAttempts: patience.attempts, retryDefaultDelay: patience.delay },
	});
	const client = new Client({
		directoryUrl: order.directory,
		accountKey: order.accountKey,
		// Milliseconds between looks at what the authority does.
		backoffMin: 1000,
		backoffMax: 10_000,
		backoffAttempts: 20,
	});
	const [privkey, csr] = await crypto.createCsr(
		{ altNames: [...order.names] },
		await crypto.createPrivateEcdsaKey(),
	);
	try {
		const fullchain = await client.auto({
			csr,
			email: order.contact,
			termsOfServiceAgreed: true,
			challengePriority: ["dns-01"],
			// The client would ask the resolvers of this machine; whoever proves asks the zone's own servers.
			skipChallengeVerification: true,
			challengeCreateFn: ({ identifier }, _, text) =>
				order.prove({ name: `_acme-challenge.${identifier.value}`, text }),
			challengeRemoveFn: async () => {},
		});
		return { fullchain, privkey: privkey.toString() };
	} catch (error) {
		interruption.throwIfAborted();
		if (error instanceof VisibleError) throw error;
		throw new VisibleError(
			`${new URL(order.directory).host} gives no certificate: ${reasonOf(error as Error)}`,
		);
	}
}

function reasonOf({ message }: Error): string {
	// What the client makes of a connection that fails.
	return message.includes("reading 'config'")
		? "it cannot be reached, or its own certificate is not trusted here"
		: message;
}
