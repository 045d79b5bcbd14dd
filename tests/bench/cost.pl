#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# cost.pl FOLDER STARTS BUILDS, in a guest: what it waits for its programs. FOLDER has package.deb.
# One line for each measurement: what it was, and milliseconds.
use strict;
use warnings;
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC);

my ($dir, $starts, $builds) = @ARGV;
my @parts = map { "part$_" } 1 .. 3;

sub timed {
	my ($what, @command) = @_;
	my $start = clock_gettime(CLOCK_MONOTONIC);
	system { $command[0] } @command;
	my $ms = (clock_gettime(CLOCK_MONOTONIC) - $start) * 1e3;
	die "$what: @command: exit code $?\n" if $?;
	printf "%s\t%.3f\n", $what, $ms;
}

sub quiet {
	my ($what, $line) = @_;
	timed($what, '/bin/sh', '-c', "$line >$dir/log 2>&1");
}

# Programs that nobody ever ran: each has a content, and so a digest, of its own.
sub fresh_programs {
	open my $in, '<:raw', '/bin/true' or die "/bin/true: $!\n";
	my $true = do { local $/; <$in> };
	for my $i (1 .. $starts) {
		open my $out, '>:raw', "$dir/new/$i" or die "$dir/new/$i: $!\n";
		print $out $true, $i;
		close $out or die "$dir/new/$i: $!\n";
		chmod 0755, "$dir/new/$i";
	}
}

# Without a C library's headers, which the guest has not.
sub write_sources {
	for my $part (@parts) {
		open my $out, '>', "$dir/$part.c" or die "$dir/$part.c: $!\n";
		print $out "int ${part}_$_(int n) { int s = 0; while (n) s += n-- * $_; return s; }\n" for 1 .. 50;
		close $out or die "$dir/$part.c: $!\n";
	}
}

system "rm -rf $dir/new; mkdir $dir/new";
fresh_programs();
write_sources();
system 'sync';
timed('first', "$dir/new/$_") for 1 .. $starts;
timed('cached', "$dir/new/1") for 1 .. 4 * $starts;
for (1 .. $builds) {
	quiet('build', "cd $dir && for i in @parts; do gcc -O2 -c \$i.c || exit; done");
	system 'sync';
	quiet('package', "dpkg -i $dir/package.deb");
}
system "rm -rf $dir/new";
