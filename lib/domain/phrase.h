/* Deadlines as plans word them, with fixed meanings, so that 4月底前 need not be turned into a date by hand. What has
 * no fixed meaning, such as 尽快 and 力争, is no deadline. */
#ifndef DUBAN_DOMAIN_PHRASE_H
#define DUBAN_DOMAIN_PHRASE_H

#include "base/day.h"

/* The last day on which what is promised for the phrase is in time. plan_year is from 1990 to 2099.
 *
 *   N月底, N月底前                  the last day of that month of the plan year; N is 1 to 12 or 一 to 十二
 *   年底, 年底前, 年内, 全年        31 December of the plan year
 *   N年内                           31 December of the N-th year, the plan year being the first; N is 1 to 10, 一 to 十
 *                                   or 两
 *   上半年                          30 June of the plan year
 *   N月M日, N月M日前                that day of the plan year
 *   YYYY年N月M日, YYYY年N月M日前    that day
 *   YYYY-MM-DD                      that day
 *
 * Nothing stands before or after a phrase, and no zero before a number except in YYYY-MM-DD. False for anything else,
 * for days that do not exist, and for results outside 1990-01-01 to 2099-12-31. */
bool deadline_phrase(const char *text, uint32_t plan_year, day_number *out_day) MUST_CHECK;

#endif
