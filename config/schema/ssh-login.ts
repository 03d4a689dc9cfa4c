import { port } from "./primitives.ts";
import { z } from "./zod.ts";

/** SSH login of a machine. The private key is found by the ssh configuration of the user who runs the command. */
export const sshLogin = z.strictObject({
	user: z
		.string()
		.regex(/^[a-z_][\w-]*$/, "expected a user name")
		.default("root"),
	port: port.default(22),
	hostKey: z
		.string()
		.regex(
			/^(ssh-ed25519|ecdsa-sha2-nistp\d+|ssh-rsa) [A-Za-z0-9+/]+={0,2}$/,
			"expected a public host key without comment, such as ssh-ed25519 AAAA...",
		)
		.describe("The only key that the machine may show"),
});
