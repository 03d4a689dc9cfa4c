import { describe, expect, test } from "vitest";
import { waitFor } from "../../harness/wait-for.ts";
import { greet, send } from "../../mail/mail.ts";
import { cronMark, fields, me, type Now, stranger } from "./running.ts";
import { domain } from "./world.ts";

/** Symptoms that users of the image have described. */
export function reported(now: Now): void {
	describe("what others have reported of the image", () => {
		test.for([25, 587, 993])("TLS below 1.2 is not spoken on port %d", async (port) => {
			const start = { 25: "-starttls smtp", 587: "-starttls smtp", 993: "" }[port];
			const speak = (version: string) =>
				now().pod.runAside(
					"sh",
					"-c",
					`echo | timeout 20 openssl s_client ${start} -connect 127.0.0.1:${port} -${version} -cipher ALL:@SECLEVEL=0 2>&1 || true`,
				);
			const [one, onePointOne, onePointTwo] = await Promise.all(["tls1", "tls1_1", "tls1_2"].map(speak));
			for (const refused of [one, onePointOne]) expect(refused).toContain("Cipher is (NONE)");
			expect(onePointTwo).toMatch(/Protocol *: TLSv1\.2/);
		});

		test("a line that is a dot between bare line feeds ends no message, nor begins another", async () => {
			using server = await now().harness.call(25, { from: now().harness.net.newClient() });
			await greet(server);
			const smuggled = `MAIL FROM:<forged@${domain}>\r\nRCPT TO:<${me}>\r\nDATA\r\nSubject: smuggled-in\r\n\r\nx`;
			const body = `outer-message\n.\n${smuggled}`;
			const reply = await send(server, { from: stranger, to: me, body, header: fields("outer") });
			if (reply.startsWith("250")) await now().pod.arrival(me, "outer-message");
			else expect(reply).toMatch(/^5\d\d/);
			expect(
				now()
					.pod.inbox(me)
					.filter((mail) => /^Subject: smuggled-in/m.test(mail.split(/\r?\n\r?\n/)[0] ?? "")),
			).toEqual([]);
			expect(now().pod.postfixLog).not.toContain(`from=<forged@${domain}>`);
		});
	});
}

/** The same, of what would disturb others: these come after them. */
export function reportedOfJobs(now: Now): void {
	describe("what others have reported of the image's own jobs", () => {
		test("its logs are rotated on the volume", () => {
			const before = now().pod.run("sh", "-c", "ls /var/log/mail").split("\n").length;
			now().pod.run("logrotate", "--force", "/etc/logrotate.d/maillog");
			expect(now().pod.run("sh", "-c", "ls /var/log/mail").split("\n").length).toBeGreaterThan(before);
		});

		test("cron runs jobs with the rights of the pod", async () => {
			await waitFor("cron has run a job", () => now().pod.run("sh", "-c", `cat ${cronMark} || true`) !== "", {
				within: 90_000,
			});
		});
	});
}
