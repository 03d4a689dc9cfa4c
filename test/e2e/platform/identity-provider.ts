import { execFileSync } from "node:child_process";
import { createPublicKey, createSign, generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

/**
 * An identity provider on loopback that issues tokens with the claims that a test wants (OpenID Connect Discovery 1.0).
 */
export class IdentityProvider {
	/** PEM file of the certificate that it is trusted by. */
	readonly caFile: string;
	readonly issuer: string;
	readonly #server: Server;
	readonly #key = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;

	private constructor(caFile: string, server: Server) {
		this.caFile = caFile;
		this.#server = server;
		this.issuer = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
		server.on("request", ({ url = "" }, response) => {
			response.setHeader("content-type", "application/json");
			response.end(JSON.stringify(url.endsWith("openid-configuration") ? this.#metadata() : this.#keys()));
		});
	}

	static async start(folder: string): Promise<IdentityProvider> {
		const [key, certificate] = [join(folder, "issuer.key"), join(folder, "issuer.crt")];
		execFileSync(
			"openssl",
			[
				..."req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=127.0.0.1".split(" "),
				..."-addext subjectAltName=IP:127.0.0.1 -keyout".split(" "),
				key,
				"-out",
				certificate,
			],
			{ stdio: "ignore" },
		);
		const server = createServer({ key: readFileSync(key), cert: readFileSync(certificate) });
		server.listen(0, "127.0.0.1");
		await once(server, "listening");
		return new IdentityProvider(certificate, server);
	}

	/** A token for a client, with claims besides those that every token has. */
	token(clientId: string, claims: object): string {
		const now = Math.floor(Date.now() / 1000);
		const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
		const header = { alg: "RS256", typ: "JWT", kid: "key" };
		const body = {
			iss: this.issuer,
			aud: clientId,
			sub: "somebody",
			iat: now - 5,
			exp: now + 600,
			...claims,
		};
		const text = `${part(header)}.${part(body)}`;
		return `${text}.${createSign("RSA-SHA256").update(text).sign(this.#key, "base64url")}`;
	}

	async stop(): Promise<void> {
		this.#server.closeAllConnections();
		this.#server.close();
		await once(this.#server, "close");
	}

	#metadata() {
		return {
			issuer: this.issuer,
			jwks_uri: `${this.issuer}keys`,
			id_token_signing_alg_values_supported: ["RS256"],
			response_types_supported: ["id_token"],
			subject_types_supported: ["public"],
		};
	}

	#keys() {
		const key = createPublicKey(this.#key).export({ format: "jwk" });
		return { keys: [{ ...key, kid: "key", use: "sig", alg: "RS256" }] };
	}
}
