#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# How far another machine's clock is from ours: «clock.pl serve» there answers each line with its time;
# «clock.pl ADDRESS» here asks, and prints the difference (theirs less ours) and how far it can be
# off, both in milliseconds. Of all answers the fastest counts: half its time bounds the error.
use strict;
use warnings;
use IO::Socket::INET;
use Time::HiRes qw(time);
use constant { PORT => 7777, ROUNDS => 200, TRIES => 60 };

my $peer = shift // die "usage: clock.pl serve | ADDRESS\n";
if ($peer eq 'serve') {
	my $listener = IO::Socket::INET->new(LocalPort => PORT, Listen => 1, ReuseAddr => 1) or die "$@\n";
	my $client = $listener->accept or die "$!\n";
	$client->autoflush(1);
	printf $client "%.6f\n", time while <$client>;
	exit;
}
my $server;
for (1 .. TRIES) {
	$server = IO::Socket::INET->new(PeerAddr => $peer, PeerPort => PORT, Timeout => 5) and last;
	Time::HiRes::sleep(0.5);
}
die "$peer: $@\n" if !$server;
$server->autoflush(1);
my ($best, $offset) = (9e9, 0);
for (1 .. ROUNDS) {
	my $asked = time;
	print $server "\n";
	my $theirs = <$server> // die "$peer does not answer\n";
	my $took = time - $asked;
	($best, $offset) = ($took, $theirs - $asked - $took / 2) if $took < $best;
}
printf "%.3f %.3f\n", 1000 * $offset, 1000 * $best / 2;
