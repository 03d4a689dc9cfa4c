#!/bin/sh
# Tells the owner of a mailbox that it is nearly full. Run by Dovecot's service quota-warning when a share is passed.
#
# Arguments: the setting by which the mail is put there whatever is full, the share in percent, the address.
set -eu

/usr/lib/dovecot/dovecot-lda -d "$3" -o "$1" <<EOF
From: Mail server <postmaster@${3##*@}>
To: <$3>
Subject: Your mailbox is $2 % full
Date: $(date -R)
Message-ID: <quota-$(date +%s)-$$@${3##*@}>
Auto-Submitted: auto-generated
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

$2 % of the space of $3 is in use. When it is full, mail for you
waits at its senders, who give up after some days. Delete what you do not
need, and empty the trash.
EOF
