/* The lease of one job, as the scripts keep it: claim, renew, expire, reap, commit, crash, freeze.
 *
 * Each `atomic` is one Lua script, which Redis runs alone. A worker acts between scripts on what it believes; Redis
 * decides on what it holds. Time is one bit per owner: whether its deadline has passed, which may happen whenever the
 * worker doesn't renew for long enough, so at any moment (a frozen worker, one that is cut off, a slow one).
 *
 *   scripts  register  claim  renewOwner  finishJobs (results, end of lease)  parkJob  handBack  reapOwners
 *   crash    a worker forgets everything at any point; another life begins under a fresh name
 *   freeze   nothing to model: any worker may pause between any two steps for as long as others need
 *   repeat   a reply may be lost: the call is sent again, and the fence decides what it is worth
 *
 * What must hold: a job has at most one accepted outcome (never two results), outcomes come under growing fences, a
 * job is leased to one owner at most, and a job without an outcome always stands where some script takes it on: in the
 * ring, in `due`, or under an owner that is registered and so will be reaped (Monitor). So none is lost for ever.
 *
 * Bounds: WORKERS processes, LIVES names in all (6 at most), JOBS jobs, CLAIMS claims, CRASHES deaths. Without the
 * fence check (-DNO_FENCE) the model must fail: a worker that woke late ends a job a second time. scripts/model-check
 * runs both.
 */
#ifndef WORKERS
#define WORKERS 2
#endif
#ifndef JOBS
#define JOBS 1
#endif
#ifndef LIVES
#define LIVES 4
#endif
#ifndef CRASHES
#define CRASHES 2
#endif
#ifndef CLAIMS
#define CLAIMS 5
#endif

#define NOBODY 255

/* Redis */
bool ready[JOBS] = true;      /* stands in the ring */
bool parked[JOBS];            /* waits in `due` */
byte holder[JOBS] = NOBODY;   /* owner in whose w: hash it stands */
byte fenceOf[JOBS];           /* the fence there */
byte lastFence;               /* fence key */
bool registered[LIVES];       /* stands in `owners` */
bool late[LIVES];             /* its deadline has passed */
byte outcomes[JOBS];          /* entries on `results` */
byte outcomeFence[JOBS];      /* fence of the last entry */
byte names;                   /* names given out */
byte crashed;

/* The fence check: what stands in w:OWNER must be what the caller believes. */
#ifdef NO_FENCE
#define holds(job, me, fence) (outcomes[job] < 2)
#else
#define holds(job, me, fence) (holder[job] == me && fenceOf[job] == fence)
#endif

inline end_lease(job) {
    holder[job] = NOBODY;
    fenceOf[job] = 0;
}

active [WORKERS] proctype Worker() {
    byte me = NOBODY;         /* the owner's name */
    byte job = NOBODY;        /* what it believes to hold */
    byte fence = 0;
    byte other = 0;
    bool repeats = false;     /* a reply was lost: the same call once more */

end:
    do
    /* register: a fresh name */
    :: atomic { me == NOBODY && names < LIVES ->
            me = names; names++; registered[me] = true; late[me] = false }

    /* renewOwner: late but not reaped is in time; lost: everything is dropped, another name */
    :: atomic { me != NOBODY && registered[me] && late[me] -> late[me] = false }
    :: atomic { me != NOBODY && !registered[me] -> me = NOBODY; job = NOBODY }

    /* claim: refused to an owner that isn't registered */
    :: atomic { me != NOBODY && job == NOBODY && registered[me] && lastFence < CLAIMS ->
            other = 0;
            do
            :: other < JOBS && ready[other] -> break
            :: other < JOBS && !ready[other] -> other++
            :: other >= JOBS -> break
            od;
            if
            :: other < JOBS ->
                ready[other] = false;
                lastFence++;
                holder[other] = me; fenceOf[other] = lastFence;
                job = other; fence = lastFence
            :: else -> skip
            fi;
            other = 0 }

    /* finishJobs: the result and the end of the lease, in one step. The reply may be lost: then it is sent again. */
    :: atomic { job != NOBODY ->
            if
            :: holds(job, me, fence) ->
                outcomes[job]++;
                assert(outcomes[job] == 1);
                assert(fence > outcomeFence[job]);
                outcomeFence[job] = fence;
                ready[job] = false; parked[job] = false;
                end_lease(job)
            :: else -> skip
            fi;
            if
            :: !repeats -> repeats = true     /* reply lost */
            :: job = NOBODY; repeats = false  /* answered */
            fi }

    /* parkJob, handBack */
    :: atomic { job != NOBODY ->
            if
            :: holds(job, me, fence) && outcomes[job] == 0 -> end_lease(job); parked[job] = true
            :: holds(job, me, fence) && outcomes[job] == 0 -> end_lease(job); ready[job] = true
            :: else -> skip
            fi;
            job = NOBODY; repeats = false }

    /* reapOwners, by anybody alive: a late owner, all that it holds, its name for good */
    :: atomic { me != NOBODY && registered[me] ->
            other = 0;
            do
            :: other < LIVES && registered[other] && late[other] -> break
            :: other < LIVES && !(registered[other] && late[other]) -> other++
            :: other >= LIVES -> break
            od;
            if
            :: other < LIVES ->
                registered[other] = false; late[other] = false;
                byte lane = 0;
                do
                :: lane < JOBS && holder[lane] == other -> end_lease(lane); ready[lane] = true; lane++
                :: lane < JOBS && holder[lane] != other -> lane++
                :: lane >= JOBS -> break
                od;
                lane = 0
            :: else -> skip
            fi;
            other = 0 }

    /* crash: the worker forgets; what it held stays under its name until that is reaped */
    :: atomic { me != NOBODY && crashed < CRASHES && names < LIVES ->
            crashed++; me = NOBODY; job = NOBODY; fence = 0; repeats = false }

    od
}

/* Deadlines pass, and what is parked becomes due. */
#define passes(owner) atomic { registered[owner] && !late[owner] -> late[owner] = true }
active proctype Time() {
end:
    do
    :: passes(0)
#if LIVES > 1
    :: passes(1)
#endif
#if LIVES > 2
    :: passes(2)
#endif
#if LIVES > 3
    :: passes(3)
#endif
#if LIVES > 4
    :: passes(4)
#endif
#if LIVES > 5
    :: passes(5)
#endif
    :: atomic { parked[0] -> parked[0] = false; ready[0] = true }
#if JOBS > 1
    :: atomic { parked[1] -> parked[1] = false; ready[1] = true }
#endif
    od
}

/* A job stands in exactly one place; and without an outcome in one from which it comes on. */
#define leased(job) (holder[job] != NOBODY)
#define places(job) (ready[job] + parked[job] + leased(job))
#define sound(job) (outcomes[job] == 0 && places(job) == 1 && (!leased(job) || registered[holder[job]]) \
    || outcomes[job] == 1 && places(job) == 0)
#if JOBS > 1
#define allSound (sound(0) && sound(1))
#else
#define allSound sound(0)
#endif
active proctype Monitor() {
end:
    atomic { !allSound -> assert(false) }
}
