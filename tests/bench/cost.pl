#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# cost.pl FOLDER STARTS BUILDS, in a guest: what it waits for its programs. FOLDER has package.deb.
# One line for each measurement: what it was, milliseconds, and how many a piece of work that is always
# the same took before and after it, which tells how busy the machine was.
use strict;
use warnings;
use Time::HiRes qw(clock_gettime sleep CLOCK_MONOTONIC);
use constant { BLOCK => 20, PIECES => 10, SETTLE => 0.5 };

my ($dir, $starts, $builds) = @ARGV;
my @parts = map { "part$_" } 1 .. 3;

sub ms_of {
	my $work = shift;
	my $start = clock_gettime(CLOCK_MONOTONIC);
	$work->();
	return (clock_gettime(CLOCK_MONOTONIC) - $start) * 1e3;
}

# When dom0 is through with what came before: it has no processor of its own here.
sub busy {
	sleep SETTLE;
	my @ms = sort { $a <=> $b } map { ms_of(sub { my $x = 0; $x += $_ for 1 .. 30000 }) } 1 .. PIECES;
	return $ms[PIECES / 2];
}

sub timed {
	my ($what, @commands) = @_;
	my $before = busy();
	my @ms = map {
		my $command = $_;
		ms_of(sub { system { $command->[0] } @$command; die "$what: @$command: exit code $?\n" if $? });
	} @commands;
	my $mean = ($before + busy()) / 2;
	printf "%s\t%.3f\t%.4f\n", $what, $_, $mean for @ms;
}

# Some at a time, so that a busy machine is noticed soon.
sub timed_all {
	my ($what, @commands) = @_;
	timed($what, splice @commands, 0, BLOCK) while @commands;
}

sub quiet {
	my ($what, $line) = @_;
	timed($what, ['/bin/sh', '-c', "$line >$dir/log 2>&1"]);
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
timed_all('first', map { ["$dir/new/$_"] } 1 .. $starts);
timed_all('cached', map { ["$dir/new/1"] } 1 .. 4 * $starts);
for (1 .. $builds) {
	quiet('build', "cd $dir && for i in @parts; do gcc -O2 -c \$i.c || exit; done");
	system 'sync';
	quiet('package', "dpkg -i $dir/package.deb");
}
system "rm -rf $dir/new";
