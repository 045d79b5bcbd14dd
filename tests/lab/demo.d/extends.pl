#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# extends.pl TITLE TPM COUNT: so many extends of PCR 16, in two banks, each waited for, on a TPM's device
# or on a socket of swtpm; how long one takes, and how many that are in a second.
use strict;
use warnings;
use IO::Socket::UNIX;
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC);

my ($title, $path, $count) = @ARGV;
my $tpm;
if (-S $path) {
	$tpm = IO::Socket::UNIX->new(Type => SOCK_STREAM, Peer => $path) or die "$path: $!\n";
} else {
	open $tpm, '+<:raw', $path or die "$path: $!\n";
}

# TPM2_PCR_Extend (TCG TPM 2.0 Part 3, 22.2): sessions, empty password, SHA-1 and SHA-256.
sub command {
	my $i = shift;
	my $body = pack 'N N N N n C n N n a20 n a32', 0x182, 16, 9, 0x40000009, 0, 0, 0, 2,
		4, "x$i", 0xb, "x$i";
	return pack 'n N a*', 0x8002, 6 + length $body, $body;
}

my @us;
my $begin = clock_gettime(CLOCK_MONOTONIC);
for my $i (1 .. $count) {
	my ($command, $answer) = (command($i), '');
	my $start = clock_gettime(CLOCK_MONOTONIC);
	syswrite($tpm, $command) == length $command or die "$path: $!\n";
	sysread($tpm, $answer, 4096) or die "$path: no answer: $!\n";
	push @us, (clock_gettime(CLOCK_MONOTONIC) - $start) * 1e6;
	my $rc = unpack 'x6 N', $answer;
	die sprintf("extend %d was refused: 0x%x\n", $i, $rc) if $rc;
}
my $seconds = clock_gettime(CLOCK_MONOTONIC) - $begin;
@us = sort { $a <=> $b } @us;
printf "%-52s n=%d  %6.0f /s  p50 %7.0f  p99 %7.0f us\n", $title, $count, $count / $seconds,
	$us[$count / 2], $us[$count * 0.99];
