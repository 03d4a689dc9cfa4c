import { once } from "node:events";
import { createServer, request as requestOfHttp, type Server } from "node:http";
import { request as requestOfHttps } from "node:https";
import type { AddressInfo } from "node:net";
import { committedSchema } from "../../../providers/schema/committed.ts";

/** The server at the other end of the way. */
interface Destination {
	/** Base URL. */
	readonly address: string;
	/** Sent with every request. */
	readonly headers?: Readonly<Record<string, string>>;
	/** PEM certificate that it is trusted by. */
	readonly ca?: string;
}

/** An answer that is there: what was asked has happened. */
export interface PassingAnswer {
	readonly method: string;
	readonly url: string;
	readonly status: number;
	/** Breaks the connection. */
	readonly drop: () => void;
}

/** A way to a server on which answers get lost. */
export class LossyWay {
	/** Takes an answer, which is then not passed on; passes it on when false. @default all are passed on */
	take: (answer: PassingAnswer) => boolean = () => false;
	readonly #server: Server;

	private constructor({ address, headers: own, ca }: Destination) {
		const request = address.startsWith("https:") ? requestOfHttps : requestOfHttp;
		const { host } = new URL(address);
		this.#server = createServer((asked, answer) => {
			const { method = "", url = "", headers } = asked;
			const options = { method, headers: { ...headers, host, ...own }, ca };
			const passed = request(`${address}${url}`, options, (answered) => {
				const { statusCode: status = 502 } = answered;
				if (this.take({ method, url, status, drop: () => answer.destroy() })) return;
				answer.writeHead(status, answered.headers);
				answered.pipe(answer);
			});
			passed.on("error", () => answer.destroy());
			asked.pipe(passed);
		});
	}

	static async to(destination: Destination): Promise<LossyWay> {
		const way = new LossyWay(destination);
		way.#server.listen(0, "127.0.0.1");
		await once(way.#server, "listening");
		return way;
	}

	/** Base URL of this end. */
	get address(): string {
		return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
	}

	end(): void {
		this.#server.closeAllConnections();
		this.#server.close();
	}
}

/**
 * Variables of the command on a fake world: a stack with one object of each of these types, called `kept`, beside a
 * `terraform_data`.
 *
 * @param providers of HashiCorp, with their arguments
 */
export function stackOf(
	stack: string,
	providers: Readonly<Record<string, object>>,
	resources: Readonly<Record<string, object>>,
): Readonly<Record<"FAKE_WORLD" | "FAKE_BLOCKS", string>> {
	const blocks = Object.fromEntries([
		...Object.entries(providers).flatMap(([name, given]) => [
			[
				`terraform.required_providers.${name}`,
				{ source: `hashicorp/${name}`, version: committedSchema(name)?.version },
			],
			[`provider.${name}`, given],
		]),
		...Object.entries(resources).map(([type, given]) => [`resource.${type}.kept`, given]),
	]);
	return {
		FAKE_WORLD: JSON.stringify({ [stack]: { a: { input: "1" } } }),
		FAKE_BLOCKS: JSON.stringify({ [stack]: blocks }),
	};
}
