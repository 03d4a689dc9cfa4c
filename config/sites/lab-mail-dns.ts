import type { MailDnsInput } from "../schema/mail-dns.ts";

/** Public half of a key that nobody has kept. */
const signingKey = `-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEArhDjK22/pQQyQ3lCOTgv
Zop2UJom4Pm2O6S+vXyduAZmfLEed3R9V5Lq/j6VrEFvNDiTE2FiWmjMuub6aMCq
TASgxYAtYpAmXWSOlNwX6khg5ShRWZvvdg4I4W8haf4gg93y5rYtniK7i5oWIeWP
06SyBJq3M+7M09bLsaTCuLvwprM2VH07IAabvnsd0jE4MxxbHnmRmyIB0C7G2wEz
lZoKVM/JHNCr9ueLM+LZiq969P1UG5SMG2H9zhrIzRKKpz3BUP5QOVqWtGh2NRKe
5DsWbkPWFmQMWK62LtqWU4lqU/XdQXvCmxqKDbNypF6A31RtBbJJ6YNJu3BCfhpk
pQIDAQAB
-----END PUBLIC KEY-----
`;

/** What a zone would say about the lab's mail, if anybody could be asked. */
export const labMailDns = {
	spf: { include: ["relay.example.net"], others: "fail" },
	dkim: { mail: { publicKey: signingKey } },
	dmarc: {
		policy: "reject",
		subdomainPolicy: "reject",
		alignment: { dkim: "strict", spf: "relaxed" },
		aggregateReports: ["dmarc@lab.example.org"],
		failureReports: [],
	},
	tlsReports: [],
} satisfies MailDnsInput;
