import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { connect } from "node:tls";
import { freePort } from "../../../../lab/free-port.ts";
import { Daemon } from "../../harness/daemon.ts";
import { waitFor } from "../../harness/wait-for.ts";

export const password = "dummy-password";
export const serverName = "mail.example.org";

/** Inboxes of one account after the other, served by Dovecot on loopback with a certificate for the public name. */
export class Mailbox {
	readonly port: number;
	readonly certificate: string;
	/** Path of the certificate's key. */
	readonly key: string;
	readonly #folder: string;
	#dovecot: Daemon | undefined;
	#accounts = 0;

	private constructor(folder: string, port: number) {
		this.#folder = folder;
		this.port = port;
		this.certificate = join(folder, "certificate.pem");
		this.key = join(folder, "key.pem");
	}

	/** @param folder empty, and removed with everything in it by whoever made it */
	static async start(folder: string): Promise<Mailbox> {
		const mailbox = new Mailbox(folder, await freePort());
		mailbox.#writeCertificate();
		writeFileSync(join(folder, "dovecot.conf"), mailbox.#configuration());
		await mailbox.resume();
		return mailbox;
	}

	get address(): string {
		return `spam${this.#accounts}@example.org`;
	}

	/** Turns to an account that has no mail yet: Dovecot remembers what it has seen of a folder. */
	renew(): void {
		this.#accounts++;
	}

	/**
	 * Puts a message into a folder as the server would have received it `days` ago.
	 *
	 * @param folder @default the inbox
	 */
	deliver(
		name: string,
		days: number,
		message: string,
		{ folder = "", flags = "", unread = false } = {},
	): void {
		const maildir = this.#maildirOf(folder);
		const directories = ["cur", "new", "tmp"].map((directory) => join(maildir, directory));
		for (const directory of directories) mkdirSync(directory, { recursive: true });
		const file = unread ? join(maildir, "new", name) : join(maildir, "cur", `${name}:2,${flags}`);
		writeFileSync(file, message);
		const received = Date.now() / 1000 - days * 86_400;
		utimesSync(file, received, received);
		for (const path of [dirname(this.#maildirOf()), this.#maildirOf(), maildir, ...directories, file])
			chownSync(path, 5000, 5000);
	}

	/** Names of the messages, as they were delivered. */
	messages(folder = ""): string[] {
		return ["cur", "new"]
			.flatMap((place) => readdirSync(join(this.#maildirOf(folder), place)))
			.map((file) => file.replace(/[:,].*/, ""))
			.sort();
	}

	#maildirOf(folder = ""): string {
		return join(this.#folder, "mail", this.address, folder === "" ? "" : `.${folder}`);
	}

	async pause(): Promise<void> {
		await this.#dovecot?.stop();
	}

	async resume(): Promise<void> {
		const log = join(this.#folder, "dovecot.out");
		this.#dovecot = new Daemon("dovecot", ["-F", "-c", join(this.#folder, "dovecot.conf")], { logFile: log });
		await waitFor("Dovecot answers", () => greets(this.port), { within: 60_000 });
	}

	#writeCertificate(): void {
		execFileSync(
			"openssl",
			["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", `/CN=${serverName}`].concat([
				"-addext",
				`subjectAltName=DNS:${serverName}`,
				"-keyout",
				this.key,
				"-out",
				this.certificate,
			]),
			{ stdio: "pipe" },
		);
		chmodSync(this.#folder, 0o755);
	}

	#configuration(): string {
		const at = (name: string) => join(this.#folder, name);
		return `
base_dir = ${at("base")}
state_dir = ${at("state")}
log_path = ${at("dovecot.log")}
protocols = imap
listen = 127.0.0.1
mail_location = maildir:${at("mail/%u")}
mail_uid = 5000
mail_gid = 5000
first_valid_uid = 5000
auth_mechanisms = plain
ssl = required
ssl_cert = <${this.certificate}
ssl_key = <${this.key}
passdb {
  driver = static
  args = password=${password}
}
userdb {
  driver = static
  args = uid=5000 gid=5000 home=${at("mail/%u")} allow_all_users=yes
}
namespace inbox {
  inbox = yes
  mailbox Junk {
    auto = subscribe
    special_use = \\Junk
  }
}
service imap-login {
  inet_listener imap {
    port = 0
  }
  inet_listener imaps {
    port = ${this.port}
    ssl = yes
  }
}
service anvil {
  chroot =
}
`;
	}
}

function greets(port: number): Promise<boolean> {
	return new Promise((resolve, reject) => {
		const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false, timeout: 1000 });
		socket.once("data", () => resolve(true));
		socket.once("error", reject);
		socket.once("timeout", () => reject(new Error("silent")));
		socket.once("close", () => resolve(false));
		socket.once("data", () => socket.destroy());
	});
}

/** What a client sees by IMAP: flags, size and text of every message of the folders. */
const seen = `
import imaplib, ssl, sys
context = ssl.create_default_context(); context.check_hostname = False; context.verify_mode = ssl.CERT_NONE
server = imaplib.IMAP4_SSL("127.0.0.1", int(sys.argv[1]), ssl_context=context)
server.login(sys.argv[2], sys.argv[3])
for folder in ("INBOX", "Junk"):
    server.select(folder, readonly=True)
    found = server.search(None, "ALL")[1][0].split()
    for number in found:
        answer = server.fetch(number, "(FLAGS RFC822.SIZE INTERNALDATE BODY.PEEK[])")[1][0]
        print(folder, answer[0].split(b" ", 1)[1], answer[1])
`;

/** That, a line each, sorted. */
export function messagesOf({ port, address }: Mailbox): string[] {
	const args = ["-c", seen, `${port}`, address, password];
	return execFileSync("python3", args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] })
		.trim()
		.split("\n")
		.sort();
}
