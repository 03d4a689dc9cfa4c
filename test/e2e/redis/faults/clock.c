/*
 * Makes the wall clock of a program wrong by the seconds that are in the file CLOCK_FILE, a native 64-bit integer, at any
 * time. The time since the start of the machine stays as it is.
 *
 * libfaketime cannot be used: a server with jemalloc asks for the time before it has memory, and hangs.
 *
 * Declares what it uses by itself, so that a compiler without header files suffices.
 */
typedef long word;
struct timespec { word seconds, nanoseconds; };
struct timeval { word seconds, microseconds; };

word syscall(word number, ...);
char *getenv(const char *name);
int open(const char *path, int flags, ...);
void *mmap(void *address, unsigned long length, int protection, int flags, int file, word offset);

#ifdef __x86_64__
enum { clock_gettime_call = 228 };
#else
enum { clock_gettime_call = 113 };
#endif
enum { realtime = 0, realtime_coarse = 5, read_only = 0, readable = 1, shared = 1 };

static const volatile word *error;

__attribute__((constructor)) static void find_clock(void) {
	const char *path = getenv("CLOCK_FILE");
	int file = path ? open(path, read_only) : -1;
	void *map = file < 0 ? (void *)-1 : mmap(0, sizeof *error, readable, shared, file, 0);
	if (map != (void *)-1) error = map;
}

int clock_gettime(int clock, struct timespec *now) {
	word result = syscall(clock_gettime_call, clock, now);
	if (result == 0 && error && (clock == realtime || clock == realtime_coarse)) now->seconds += *error;
	return result;
}

int gettimeofday(struct timeval *now, void *zone) {
	struct timespec exact;
	(void)zone;
	int result = clock_gettime(realtime, &exact);
	now->seconds = exact.seconds;
	now->microseconds = exact.nanoseconds / 1000;
	return result;
}

word time(word *result) {
	struct timespec now;
	clock_gettime(realtime, &now);
	if (result) *result = now.seconds;
	return now.seconds;
}
